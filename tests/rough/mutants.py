"""Files that pigou reads are damaged at random, and told in other words.

A damaged file ends in 0 or in 2 with one line, soon and within 4 GB; a file that says the same in
other words (white space, order of keys, spelling of numbers, comments, null) gives the same bytes.
    mutants.py --program build/pigou --kind scenario [--seed N] [--count N] [--keep FOLDER]
"""
import argparse
import json
import random
import re
import shutil
import sys
import tempfile
from pathlib import Path

from common import SCENARIO, at_depth, first_seed, run, seconds_since, time, write_inputs

COUNTS = {"scenario": 80, "policy": 80, "result": 80, "decisions": 80, "manifest": 80, "sweep": 80}
TESTS = {kind: f"RoughHandling.Mutants{kind.capitalize()}" for kind in COUNTS}
RUN = "run scenario.json -o out.h5 --json"
SWEEP = "sweep scenario.json --vary workload.rate_scale=1,2 --seeds 2 -o sweep.h5 --json"
NUMBERS = ["0", "-1", "1e-13", "1e-9", "1e300", "-0.0", "1e9", "9007199254740993", "0.5", "2",
           "4294967296", "18446744073709551616", "65536", "null", "true", '"x"', "[]", "{}", '""']


def damage_bytes(draw, data):
    """One to three cuts, copies, flips and insertions."""
    data = bytearray(data)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(data) + 1)
        end = min(len(data), at + draw.choice([1, 2, 8, 64]))
        kind = draw.randrange(6)
        if kind == 0:
            del data[at:end]
        elif kind == 1:
            data[at:at] = data[at:end]
        elif kind == 2:
            data[at:at] = bytes(draw.choices(b",:[]{}-#&*!|>'\"%@`?\0\n\t 09eE.+", k=3))
        elif kind == 3 and at < len(data):
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 4 and at < len(data):
            data[at] = draw.randrange(256)
        elif kind == 5 and draw.random() < 0.2:
            del data[at:]
    return bytes(data)


def damage_words(draw, data):
    """Another number, word or line in the place of one."""
    text = data.decode(errors="surrogateescape")
    kind = draw.randrange(4)
    if kind == 3:
        lines = text.split("\n")
        at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
        if draw.random() < 0.5:
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines.insert(at, draw.choice([",", "]", "- - - -", "? ", "{" * 2000, "[" * 2000,
                                          "&a *a", "--- ", "%YAML 1.2", "\t", lines[other]]))
        return "\n".join(lines).encode(errors="surrogateescape")
    pattern = [r"-?\d+\.?\d*(?:[eE][-+]?\d+)?", r'"[^"\n]*"', r"\b[a-z_]+\b"][kind]
    found = list(re.finditer(pattern, text))
    if not found:
        return damage_bytes(draw, data)
    one, other = draw.choice(found), draw.choice(found)
    new = draw.choice(NUMBERS) if draw.random() < 0.6 else other.group()
    return (text[:one.start()] + new + text[one.end():]).encode(errors="surrogateescape")


def damaged(draw, data):
    return (damage_words if draw.random() < 0.6 else damage_bytes)(draw, data)


def other_number(draw, number):
    forms = [json.dumps(number)]
    if number == int(number):
        whole = int(number)
        forms += [f"{whole}", f"{whole}.0", f"{whole}e0", f"{10 * whole}e-1", f"{whole}.000E+00"]
    else:
        forms += [f"{number:.17g}", f"{number}e0", f"{number}0"] if "e" not in repr(number) else []
    return draw.choice(forms)


def in_other_words(draw, value, spell=True):
    """JSON text that means `value`; without `spell` numbers stay as they are, as Dynamo's parser
    wants whole ones whole."""
    gap = draw.choice(["", " ", "\n", "\t", " \r\n ", "/* said */", " // said\n"])
    if isinstance(value, dict):
        members = list(value.items())
        if "role" in value and "dtype" not in value:
            members.append(("dtype", None))
        draw.shuffle(members)
        inner = ",".join(
            f"{gap}{json.dumps(key)}{gap}:{gap}"
            f"{in_other_words(draw, member, spell and key != 'policy_config')}"
            for key, member in members)
        return "{" + inner + gap + "}"
    if isinstance(value, list):
        return "[" + ",".join(in_other_words(draw, member, spell) for member in value) + "]"
    if spell and isinstance(value, (int, float)) and not isinstance(value, bool):
        return other_number(draw, value)
    return json.dumps(value)


def yaml_in_other_words(draw):
    def flow(value):
        if isinstance(value, dict):
            members = list(value.items())
            draw.shuffle(members)
            return "{" + ", ".join(f"{key}: {flow(member)}" for key, member in members) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(flow(member) for member in value) + "]"
        return draw.choice([value, f"'{value}'", f'"{value}"']) if isinstance(value, str) else str(
            value)

    buckets = [{"min_tokens": 0, "bucket": "short"}, {"min_tokens": 256, "bucket": "long"}]
    classes = [
        {"name": "chat_short", "policy_family": "chat", "cache_bucket": "short",
         "queue_policy": "fcfs", "quantum": 4},
        {"name": "chat_long", "policy_family": "chat", "cache_bucket": "long",
         "queue_policy": "wspt", "quantum": 1, "prefill_busy_threshold_frac": 0.5}]
    parts = [f"default_policy_family:   {flow('chat')}", f"uncached_isl_buckets: {flow(buckets)}",
             "policy_classes:\n" + "\n".join(f"{' ' * 3}- {flow(one)} # said" for one in classes)]
    draw.shuffle(parts)
    return "# said otherwise\n" + "\n\n".join(parts) + "\n"


class Bench:
    """A folder with sound inputs, and what the program makes of them."""

    def __init__(self, program, kind, root):
        self.program, self.kind = program, kind
        self.folder = Path(root) / "work"
        self.folder.mkdir()
        write_inputs(self.folder)
        self.sound = {}
        self.expect(0, self.run(RUN + " --decisions all"))
        self.result = self.read("out.h5")
        self.expect(0, self.run(RUN))
        self.plain = self.read("out.h5")
        self.manifest = json.loads(self.read("out.h5.manifest.json"))
        # The same text in every folder, so that a seed makes the same mutant again.
        self.manifest["scenario"]["workload"]["trace"] = "trace.jsonl"
        if kind == "sweep":
            self.keep_points()
        for file in ("scenario.json", "classes.yaml"):
            self.sound[file] = self.read(file)

    def keep_points(self):
        """Finished points of a sweep whose stdout took nothing, so that it has to be taken up."""
        code, _, _ = run(["bash", "-c", f"{self.program} {SWEEP} >/dev/full"], self.folder)
        self.expect(2, (code, b"", b""))
        self.points = {path.name: path.read_bytes()
                       for path in (self.folder / "sweep.h5.points").iterdir()}
        self.expect(0, self.run(SWEEP))
        self.swept = self.read("sweep.h5")

    @staticmethod
    def expect(wanted, outcome):
        if outcome[0] != wanted:
            raise SystemExit(f"the sound input ended with {outcome[0]}: {outcome[2]}")

    def read(self, file):
        return (self.folder / file).read_bytes()

    def run(self, words):
        return run([self.program, *words.split()], self.folder)

    def mutant(self, draw):
        """(what is tried, outcome, whether the result must be the sound one, the result's file)."""
        return getattr(self, "try_" + self.kind)(draw)

    def try_file(self, file, data, words=RUN, same=False, result="out.h5"):
        (self.folder / result).unlink(missing_ok=True)
        (self.folder / file).write_bytes(data)
        outcome = self.run(words)
        if file in self.sound:
            (self.folder / file).write_bytes(self.sound[file])
        return data, outcome, same, result

    def try_scenario(self, draw):
        if draw.random() < 0.3:
            text = in_other_words(draw, SCENARIO).encode()
            return self.try_file("scenario.json", text, same=True)
        return self.try_file("scenario.json", damaged(draw, self.sound["scenario.json"]))

    def try_policy(self, draw):
        if draw.random() < 0.3:
            return self.try_file("classes.yaml", yaml_in_other_words(draw).encode(), same=True)
        return self.try_file("classes.yaml", damaged(draw, self.sound["classes.yaml"]))

    def try_manifest(self, draw):
        text = json.dumps(self.manifest["scenario"], indent=2)
        if draw.random() < 0.3:
            text = in_other_words(draw, self.manifest["scenario"])
            again = RUN.replace("scenario", "again")
            return self.try_file("again.json", text.encode(), again, same=True)
        data = damaged(draw, text.encode())
        return self.try_file("again.json", data, RUN.replace("scenario", "again"))

    def try_result(self, draw):
        words = draw.choice(["explain damaged.h5 --request 3", "trace info damaged.h5",
                             "trace convert damaged.h5 other.jsonl", RUN.replace("out", "damaged")])
        data = damage_bytes(draw, self.plain)
        return self.try_file("damaged.h5", data, words, result="other.jsonl")

    def try_decisions(self, draw):
        words = f"explain damaged.h5 --request {draw.randrange(60)}" + draw.choice(["", " --json"])
        return self.try_file("damaged.h5", damage_bytes(draw, self.result), words,
                             result="other.jsonl")

    def try_sweep(self, draw):
        points = self.folder / "sweep.h5.points"
        shutil.rmtree(points, ignore_errors=True)
        points.mkdir()
        hit = draw.choice(sorted(self.points))
        for name, data in self.points.items():
            (points / name).write_bytes(damaged(draw, data) if name == hit else data)
        data = (points / hit).read_bytes()
        (self.folder / "sweep.h5").unlink(missing_ok=True)
        return data, self.run(SWEEP), True, "sweep.h5"

    def fault(self, tried, seconds):
        """What is wrong with the outcome; None: nothing."""
        _, (code, out, err), same, result = tried
        text = err.decode(errors="replace")
        if code is None:
            return "deaf to Ctrl-C after 10 s"
        if code not in (0, 2, 130):
            return f"ended with {code}: {text}"
        if code == 130:  # stopped by us; work that was asked for may take its time
            asked = re.search(rb'"(repeat|overlay)"\s*:\s*[\d.e+]{3,}', tried[0])
            return None if asked else f"took {seconds:.0f} s"
        if code == 2 and (out or text.count("\n") != 1 or not text.startswith("pigou: ")):
            return f"not one line: {text}"
        if not same:
            return None
        if code != 0:
            return f"the same in other words was refused: {text}"
        wanted = self.swept if self.kind == "sweep" else self.plain
        if self.read(result) != wanted:
            return "the same in other words gave another result"
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--kind", required=True, choices=list(COUNTS))
    parser.add_argument("--seed", type=int, default=first_seed())
    parser.add_argument("--count", type=int, help="mutants, instead of PIGOU_DEPTH's")
    parser.add_argument("--keep", help="folder for mutants that are handled wrongly")
    options = parser.parse_args()
    count = options.count or at_depth(COUNTS[options.kind], TESTS[options.kind],
                                      f"mutants of {options.kind}")
    faults, accepted, slowest = 0, 0, 0.0
    with tempfile.TemporaryDirectory(prefix="pigou-mutants-") as root:
        bench = Bench(str(Path(options.program).resolve()), options.kind, root)
        for seed in range(options.seed, options.seed + count):
            begin = time.monotonic()
            tried = bench.mutant(random.Random(seed))
            seconds = seconds_since(begin)
            slowest = max(slowest, seconds)
            accepted += tried[1][0] == 0
            fault = bench.fault(tried, seconds)
            if fault is None:
                continue
            faults += 1
            print(f"--kind {options.kind} --seed {seed}: {fault[:300]}")
            if options.keep:
                Path(options.keep).mkdir(parents=True, exist_ok=True)
                (Path(options.keep) / f"{options.kind}-{seed}").write_bytes(tried[0])
    print(f"{count} mutants of {options.kind}: {accepted} accepted, slowest {slowest:.2f} s, "
          f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
