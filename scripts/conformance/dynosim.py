"""Times the offline replay inside ai-dynamo-runtime (DynoSim) beside ours on the same trace.

Both replay the Mooncake conversation trace on eight aggregated workers behind Dynamo's KV router.
Their step times are their own; their speedup_ratio is moved until both mean E2E latencies agree
within 5 %, so that both keep about as many requests in flight. Then each is timed, best of three.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import metadata

from dynamo import _core

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
from results_section import machine_line, replace_section  # noqa: E402

TRACE = "mooncake-fast25/conversation_trace.jsonl.gz"
BLOCK = 512  # their KV block equals the trace's: the fewest blocks, so their fastest setting
WORKERS = 8


def ours(options, trace):
    """Mean E2E in s, KV tokens per worker, best seconds of whole process and of the replay."""
    command = [options.pigou, "run", options.scenario, "--router", "dynamo-kv@2026-08", "--json",
               "--set", f"workload.trace={trace}"]
    process_s, replay_s = [], []
    for _ in range(options.repeats):
        begin = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr.strip())
        text = done.stdout
        process_s.append(time.perf_counter() - begin)
        report = json.loads(text)
        process = report["process"]
        replay_s.append(process["wall_s"] - process["load_wall_s"] - process["write_wall_s"])
    capacity = find(report, "kv_capacity_tokens")
    return report["e2e_s"]["mean"], int(capacity), min(process_s), min(replay_s)


def find(node, key):
    """The first value under `key` anywhere in a JSON document."""
    if isinstance(node, dict):
        if key in node:
            return node[key]
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            found = find(value, key)
            if found is not None:
                return found
    return None


def theirs(options, trace, capacity, speedup):
    """Their summary and the seconds of the whole call."""
    arguments = {
        "num_gpu_blocks": capacity // BLOCK,
        "block_size": BLOCK,
        "max_num_seqs": 1024,
        "max_num_batched_tokens": 8192,
        "speedup_ratio": speedup,
    }
    begin = time.perf_counter()
    result = _core.run_mocker_trace_replay(
        [trace],
        extra_engine_args=_core.MockEngineArgs(**arguments),
        num_workers=WORKERS,
        router_mode="kv_router",
        trace_block_size=BLOCK,
    )
    elapsed = time.perf_counter() - begin
    summary = result if isinstance(result, dict) else result.summary
    return summary, elapsed


def matched_speedup(options, trace, capacity, target_s):
    """Bisects their speedup_ratio until the mean E2E agrees within 2 %: their runs differ."""
    low, high = 0.01, 100.0
    for _ in range(40):
        speedup = (low * high) ** 0.5
        summary, _ = theirs(options, trace, capacity, speedup)
        e2e_s = summary["mean_e2e_latency_ms"] / 1e3
        if abs(e2e_s / target_s - 1) < 0.02:
            return speedup
        if e2e_s > target_s:
            low = speedup
        else:
            high = speedup
    raise SystemExit("no speedup_ratio brings their mean E2E within 2 % of ours")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pigou", required=True)
    parser.add_argument("--scenario", default="scenarios/mooncake-8.json")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--page", default=os.path.join(ROOT, "results", "speed.md"))
    options = parser.parse_args()
    machine = machine_line()
    data = os.environ.get("PIGOU_DATA", "../shared")
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "trace.jsonl")
        packed = os.path.join(data, "traces", TRACE)
        if not os.path.exists(packed):
            raise SystemExit(f"{packed} is not there (the trace both replay): set PIGOU_DATA")
        with gzip.open(packed) as source, open(trace, "wb") as plain:
            plain.write(source.read())
        e2e_s, capacity, process_s, replay_s = ours(options, trace)
        speedup = matched_speedup(options, trace, capacity, e2e_s)
        runs = [theirs(options, trace, capacity, speedup) for _ in range(options.repeats)]
    summary = runs[0][0]
    requests = summary["completed_requests"]
    call_s = min(elapsed for _, elapsed in runs)
    wall_s = min(s["wall_time_ms"] for s, _ in runs) / 1e3
    version = metadata.version("ai-dynamo-runtime")
    theirs_s = sum(s["mean_e2e_latency_ms"] for s, _ in runs) / len(runs) / 1e3
    if abs(theirs_s / e2e_s - 1) > 0.05:
        raise SystemExit(f"the mean E2E latencies are {e2e_s:.3f} s and {theirs_s:.3f} s, more "
                         "than 5 % apart: run it again")
    lines = [
        "Remade by `scripts/conformance/run dynosim`: the replay inside ai-dynamo-runtime "
        f"{version} beside ours on the Mooncake conversation trace ({requests:,} requests), "
        f"eight aggregated workers behind Dynamo's KV router, blocks of {BLOCK} tokens on their "
        f"side. Step times are each its own; their speedup_ratio is {speedup:.4g}, which brings "
        f"the mean E2E latencies together: ours {e2e_s:.3f} s, theirs {theirs_s:.3f} s. "
        f"Best of {options.repeats}.",
        "", f"Machine: {machine}.", "",
        "| timed | ours, s | theirs, s | ours, requests/s | theirs, requests/s | ratio |",
        "|---|---|---|---|---|---|"]
    for what, our_s, their_s in (("the replay alone", replay_s, wall_s),
                                 ("the whole call, reading the trace included", process_s, call_s)):
        lines.append(f"| {what} | {our_s:.4f} | {their_s:.3f} | {requests / our_s:,.0f} | "
                     f"{requests / their_s:,.0f} | {their_s / our_s:.0f} |")
    lines += ["", "Both read the same uncompressed file. Ours is a whole process from its start; "
              "theirs is a call inside one that runs."]
    print("\n".join(lines))
    replace_section(options.page, "Beside DynoSim", lines)


if __name__ == "__main__":
    main()
