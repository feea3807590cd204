"""Commands that write are killed, starved of disk and cut off from stdout at random moments.

A command ends with 0 and everything is there, or it leaves nothing new and nothing changed:
no result, no manifest, no temporary file, whatever the signal. A sweep keeps finished points.
    kills.py --program build/pigou [--seed N] [--count N]
"""
import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from common import MOST_SECONDS, at_depth, files_in, first_seed, run, start, write_inputs

TEST = "RoughHandling.KilledCommandsLeaveNothing"
KILLS = 12
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]

# Command, and the files it makes.
MAPPED = "--map hash_ids=hash_ids --map block_tokens=16"
COMMANDS = {
    "run": ("run scenario.json -o out.h5 --decisions all", ["out.h5", "out.h5.manifest.json"]),
    "compare": ("compare scenario.json --router round-robin --router min-ttft --seeds 3 -o out.h5",
                ["out.h5", "out.h5.manifest.json"]),
    "sweep": ("sweep scenario.json --vary workload.rate_scale=1,2,4 --seeds 3 -o out.h5",
              ["out.h5", "out.h5.manifest.json"]),
    "convert": (f"trace convert trace.jsonl --format generic {MAPPED} -o out.h5", ["out.h5"]),
    "convert-text": (f"trace convert trace.jsonl --format generic {MAPPED} -o out.csv.gz",
                     ["out.csv.gz"]),
    "synth": ("trace synth requests=20000 groups=8 system_tokens=2048 -o out.jsonl", ["out.jsonl"]),
    "synth-h5": ("trace synth requests=20000 turns=3 -o out.h5", ["out.h5"]),
    "fit": (f"trace synth --like trace.jsonl {MAPPED} --requests 5000 --fit-out fit.json -o out.h5",
            ["fit.json", "out.h5"]),
    "hash": ("trace hash log.jsonl --salt-file salt -o out.jsonl", ["out.jsonl"]),
}


def command_of(program, words):
    return [program, *words.split()]


class Trial:
    """One command in one folder: what was there before, and what may be there afterwards."""

    def __init__(self, program, name, inputs, root, older):
        self.name, self.program = name, program
        self.words, self.made = COMMANDS[name]
        self.folder = Path(root) / "trial"
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(inputs, self.folder)
        if older is not None:
            for file, content in older.items():
                (self.folder / file).write_bytes(content)
        self.before = files_in(self.folder)

    def command(self):
        return command_of(self.program, self.words)

    def fault(self, code):
        """Why the folder is not as `code` promises; None: it is."""
        after = files_in(self.folder)
        points = {file for file in after if file.startswith("out.h5.points/")}
        older = any(file in self.before for file in self.made)
        strays = [file for file in after if file not in self.before and file not in self.made
                  and file not in points and not (older and ".tmp-" in file)]
        lost = [file for file, content in self.before.items()
                if file not in self.made and after.get(file) != content]
        if strays or lost:
            return f"strays {strays}, inputs changed {lost}"
        if code == 0:
            missing = [file for file in self.made if file not in after]
            return f"ended with 0 without {missing}" if missing else None
        if any(".tmp-" in file for file in after) and not (older and code == -signal.SIGKILL):
            return "a temporary file stayed"  # but between link and rename over an older result
        # Named when all else was done: nothing can end between then and the exit but by SIGKILL.
        changed = [file for file in self.made if after.get(file) != self.before.get(file)]
        if changed and code != -signal.SIGKILL:
            return f"ended with {code} and left {changed}"
        if changed and set(changed) == {"out.h5"} and len(self.made) == 2:
            return "killed, and a result without its manifest"
        return None


def whole_run(program, name, inputs, root):
    """Seconds the command takes, and what it makes."""
    trial = Trial(program, name, inputs, root, None)
    begin = time.monotonic()
    code, _, err = run(trial.command(), trial.folder)
    took = time.monotonic() - begin
    assert code == 0, (name, code, err)
    assert trial.fault(0) is None, (name, trial.fault(0))
    after = files_in(trial.folder)
    return took, {file: after[file] for file in trial.made}


def kill_once(trial, draw, took):
    which = draw.choice(SIGNALS)
    process = start(trial.command(), trial.folder)
    time.sleep(draw.random() * took * 1.1)
    process.send_signal(which)
    begin = time.monotonic()
    process.communicate(timeout=2 * MOST_SECONDS)
    if time.monotonic() - begin > MOST_SECONDS / 2:
        return f"{which.name}: it took {time.monotonic() - begin:.1f} s to stop"
    fault = trial.fault(process.returncode)
    if fault is None and process.returncode not in (0, 130, -which):
        fault = f"ended with {process.returncode}"
    return f"{which.name}: {fault}" if fault else None


def shell_once(trial, ending, what):
    """The command under a limit or with a broken stdout, by a shell."""
    line = " ".join(trial.command())
    code, _, err = run(["bash", "-c", ending.format(line)], trial.folder)
    text = err.decode(errors="replace")
    fault = trial.fault(code)
    if fault is None and code not in (0, 2):
        fault = f"ended with {code}: {text}"
    if fault is None and ("(Success)" in text or "File exists" in text):
        fault = f"says {text}"
    return f"{what}: {fault}" if fault else None


ENDINGS = {
    "stdout full": "{} >/dev/full",
    "stdout closed": "{} >&-",
    "stdout and stdin closed": "{} >&- <&-",
    "nobody reads stdout": "{} | true; exit ${{PIPESTATUS[0]}}",
    "no room for 4 kB": "ulimit -f 4; {}",
    "no room for 1 kB": "ulimit -f 1; {}",
    "no room for 16 kB": "ulimit -f 16; {}",
    "no file at all": "ulimit -f 0; {}",
}


def full_disk(program, name, inputs, root, size):
    """A file system of `size` kB, where this user may mount one; None: fine, or not allowed."""
    trial = Trial(program, name, inputs, root, None)
    disk = Path(root) / "disk"
    disk.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)]
    if run(mount, root)[0] != 0:
        return None
    try:
        words = trial.words.replace("-o out", f"-o {disk}/out").replace(
            "fit-out fit", f"fit-out {disk}/fit")
        code, _, err = run(command_of(program, words), trial.folder)
        there = [file for file in files_in(disk) if not file.startswith("out.h5.points/")]
        if code == 0:
            return None if sorted(there) == sorted(trial.made) else f"ended with 0, left {there}"
        if code != 2:
            return f"disk of {size} kB: ended with {code}: {err.decode(errors='replace')}"
        return f"disk of {size} kB: left {there}" if there else None
    finally:
        run(["umount", str(disk)], root)


def report(faults, name, fault, seed=None):
    if fault is None:
        return
    faults.append(fault)
    print(f"{name}: {fault}" + (f" (--seed {seed})" if seed is not None else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--seed", type=int, default=first_seed())
    parser.add_argument("--count", type=int, help="kills, instead of PIGOU_DEPTH's")
    options = parser.parse_args()
    program = str(Path(options.program).resolve())
    count = options.count or at_depth(KILLS, TEST, "kills")
    faults = []
    with tempfile.TemporaryDirectory(prefix="pigou-kills-") as root:
        inputs = Path(root) / "inputs"
        inputs.mkdir()
        write_inputs(inputs)
        whole = {name: whole_run(program, name, inputs, root) for name in COMMANDS}
        for seed in range(options.seed, options.seed + count):
            draw = random.Random(seed)
            name = draw.choice(list(COMMANDS))
            older = whole[name][1] if draw.random() < 0.5 else None
            trial = Trial(program, name, inputs, root, older)
            report(faults, name, kill_once(trial, draw, whole[name][0]), seed)
        for name in COMMANDS:
            for what, ending in ENDINGS.items():
                older = whole[name][1] if "closed" in what else None
                trial = Trial(program, name, inputs, root, older)
                report(faults, name, shell_once(trial, ending, what))
            for size in (4, 8, 16, 32, 48, 64, 96):
                report(faults, name, full_disk(program, name, inputs, root, size))
    print(f"{count} kills, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
