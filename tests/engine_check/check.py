"""Compares the simulator's engine with a model of it, step by step, on random scenarios:

    python3 tests/engine_check/check.py --program build/step_log --kind aggregated
    python3 tests/engine_check/check.py --program build/step_log --kind split --seed 17 --count 1

PIGOU_DEPTH multiplies the count of scenarios, PIGOU_FIRST_SEED begins elsewhere. The first
difference is made as small as it gets, printed, and kept if --keep names a folder.
docs/engine-check.md says what is compared."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cluster import Cluster
from draw import draw_scenario
from workload import Workload

COUNTS = {"aggregated": 40, "split": 20}  # at depth 1
TESTS = {"aggregated": "EngineModel.AggregatedStepsAreThoseOfTheModel",
         "split": "EngineModel.SplitStepsAreThoseOfTheModel"}
BATCH = 25
MAY_DIFFER = 0.005  # share of scenarios, where it is allowed at all


def write_scenario(folder, scenario, rows):
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "trace.jsonl").write_text(text, encoding="utf-8")
    file = folder / "scenario.json"
    file.write_text(json.dumps(scenario, indent=1), encoding="utf-8")
    return str(file)


def run_simulator(program, files):
    """By file: its steps, and what its last line says."""
    files = list(files)
    ran = subprocess.run([program, *files], capture_output=True, text=True)
    if ran.returncode != 0 and len(files) == 1:
        return {files[0]: ([], {"error": f"exit {ran.returncode} {ran.stderr[-500:]}"})}
    if ran.returncode != 0:
        return {file: run for one in files for file, run in run_simulator(program, [one]).items()}
    runs, steps = {}, []
    for line in ran.stdout.splitlines():
        record = json.loads(line)
        if "end" in record:
            runs[record["end"]] = steps, record
            steps = []
        else:
            steps.append(record)
    return runs


def run_model(file):
    scenario = json.loads(Path(file).read_text(encoding="utf-8"))
    workload = Workload(scenario, Path(file).parent)
    cluster = Cluster(scenario, workload)
    try:
        log = cluster.run()
    except (ValueError, LookupError, StopIteration) as error:
        return [], {"error": repr(error)}, None
    end = {"end": file, "turns": workload.turns, "finished": cluster.finished,
           "timed_out": cluster.timed_out}
    return log, end, cluster.same_answers_at


def difference(simulated, modelled):
    """The first line at which two runs part, in words; None if they do not."""
    (steps, end), (log, model_end, _) = simulated, modelled
    for who, run in (("simulator", end), ("model", model_end)):
        if "error" in run:
            return f"the {who} stopped: {run['error']}"
    for number, (step, expected) in enumerate(zip(steps, log)):
        if step != expected:
            keys = [key for key in expected if step.get(key) != expected[key]]
            return (f"step {number}: {', '.join(keys)}\n  model      {json.dumps(expected)}\n"
                    f"  simulator  {json.dumps(step)}")
    if len(steps) != len(log):
        longer = max(steps, log, key=len)
        who = "simulator" if longer is steps else "model"
        return (f"{len(log)} steps in the model, {len(steps)} in the simulator; the {who} goes on "
                f"with\n  {json.dumps(longer[min(len(steps), len(log))])}")
    return None if end == model_end else f"the end:\n  model      {model_end}\n  simulator  {end}"


def allowed(simulated, modelled):
    """Whether they part where docs/engine-check.md allows it: behind two answers that are alike."""
    (steps, end), (log, _, same_answers_at) = simulated, modelled
    return "error" not in end and same_answers_at is not None and \
        steps[:same_answers_at] == log[:same_answers_at]


def check_one(program, folder, scenario, rows):
    file = write_scenario(folder, scenario, rows)
    return difference(run_simulator(program, [file])[file], run_model(file))


def shrink(program, folder, scenario, rows):
    """Leaves out requests as long as there is a difference."""
    size = len(rows) // 2
    while size > 0:
        at = 0
        while at < len(rows):
            fewer = rows[:at] + rows[at + size:]
            if fewer:
                first = fewer[0]["arrival"]
                fewer = [dict(row, arrival=row["arrival"] - first) for row in fewer]
            if fewer and check_one(program, folder, scenario, fewer):
                rows = fewer
            else:
                at += size
        size //= 2
    return rows


def report(options, seed, scenario, rows, folder):
    small = rows if options.whole else shrink(options.program, folder, scenario, rows)
    found = check_one(options.program, folder, scenario, small)
    print(f"{options.kind}, seed {seed}: the simulator differs from the model")
    print(json.dumps(scenario))
    for row in small:
        print(json.dumps(row))
    print(found)
    print(f"again: {sys.argv[0]} --program {options.program} --kind {options.kind} "
          f"--seed {seed} --count 1")
    if options.keep:
        print("kept in", write_scenario(Path(options.keep) / f"{options.kind}-{seed}", scenario,
                                        small))


def check_batch(options, seeds, folder):
    """Seeds that differ, those that may, what was drawn, steps."""
    drawn = {seed: draw_scenario(seed, options.kind) for seed in seeds}
    files = {seed: write_scenario(folder / str(seed), *drawn[seed]) for seed in seeds}
    runs = run_simulator(options.program, files.values())
    differing, may = [], []
    for seed in seeds:
        pair = runs[files[seed]], run_model(files[seed])
        if difference(*pair) is not None:
            (may if allowed(*pair) and not options.strict else differing).append(seed)
    return differing, may, drawn, sum(len(run[0]) for run in runs.values())


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True, help="step_log of a build")
    parser.add_argument("--kind", choices=list(COUNTS), required=True)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("PIGOU_FIRST_SEED") or 1),
                        help="of the first scenario")
    parser.add_argument("--count", type=int, help="scenarios, instead of PIGOU_DEPTH's")
    parser.add_argument("--keep", help="folder for a difference, made small")
    parser.add_argument("--whole", action="store_true", help="do not make a difference small")
    parser.add_argument("--strict", action="store_true", help="allow no difference anywhere")
    parser.add_argument("--all", action="store_true", help="go on after a difference")
    return parser.parse_args()


def count_at_depth(kind):
    """Noted in PIGOU_DEPTH_LOG, as the other random searches do."""
    count = max(1, round(COUNTS[kind] * float(os.environ.get("PIGOU_DEPTH") or 1)))
    log = os.environ.get("PIGOU_DEPTH_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{TESTS[kind]}\t{kind} scenarios\t{count}\n")
    return count


def main():
    options = parse_options()
    count = options.count or count_at_depth(options.kind)
    seeds = range(options.seed, options.seed + count)
    differing, steps, may = 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        for at in range(0, count, BATCH):
            found, more_may, drawn, more = check_batch(options, seeds[at:at + BATCH], Path(folder))
            steps, may = steps + more, may + more_may
            for seed in found:
                differing += 1
                report(options, seed, *drawn[seed], Path(folder) / "small")
                if not options.all:
                    return 1
    print(f"{count} {options.kind} scenarios, {steps} steps: {differing} differ, {len(may)} only "
          f"behind two answers that are alike {may or ''}")
    return 1 if differing or len(may) > max(1, count * MAY_DIFFER) else 0


if __name__ == "__main__":
    sys.exit(main())
