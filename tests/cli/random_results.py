#!/usr/bin/python3
"""Runs small random scenarios through the program and checks every result file with
scripts/check_result: python3 random_results.py PROGRAM COUNT [FIRST_SEED]

Scenarios draw whatever ends a request otherwise than by its last token: instances that come and go,
retries of both kinds, clients that give up, refusals (of all, too), splits, closed loops, kept
samples. Exits 1 and names the seed of the first file that does not agree with itself.
"""

import importlib.machinery
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROUTERS = ("round-robin", "random", "least-outstanding", "dynamo-kv@2026-08", "llm-d-epp",
           "sglang-cache-aware", "smg-power-of-two", "session-affinity", "min-ttft", "dualmap@smg")


def pool(draw, name, role, longest):
    return {"name": name, "role": role, "count": draw.randint(1, 3), "gpu": "h100",
            "model": "llama-3.1-8b", "prefill_s_per_token": draw.choice((1e-4, 1e-3)),
            "decode_step_s": 0.01,
            "engine": {"kv_tokens": longest + 16 * draw.choice((2, 20, 400)), "block_size": 16,
                       "max_num_seqs": draw.randint(1, 8),
                       "max_num_batched_tokens": draw.choice((64, 512, 8192))}}


def fleet(draw, pools):
    whom = [{"pool": p["name"], "index": n} for p in pools for n in range(p["count"])]
    events = [dict(draw.choice(whom), at_s=round(draw.uniform(0, 6), 3),
                   action=draw.choice(("join", "drain", "fail", "fail", "recover")))
              for _ in range(draw.randint(0, 10))]
    told = {"events": events, "retry": draw.choice(("before-first-token", "continue")),
            "retries": draw.randint(0, 3), "retry_backoff_s": draw.choice((0, 0.2)),
            "boot_s": draw.choice((0, 0.3)), "detection_s": draw.choice((0, 0.4))}
    if draw.random() < 0.3:
        told["mtbf_s"], told["mttr_s"] = draw.choice((2, 10)), 0.5
    if draw.random() < 0.3:
        told["nobody"] = "lose"
    return told


def workload(draw, longest):
    work = {"synth": {"requests": draw.choice((1, 2, 30, 120)), "rate": draw.choice((2, 20, 100)),
                      "input": f"lognormal:200:1:1:{longest - 200}",
                      "output": draw.choice((1, 40, 200)),
                      "groups": 3, "system_tokens": 64, "block_tokens": 16,
                      "turns": draw.choice((1, 1, 3)), "think_s": draw.choice((0, 0.1)),
                      "closed_loop": draw.random() < 0.7}}
    if draw.random() < 0.5:
        work["timeout_s"] = draw.choice((0.05, 0.5, 3))
    if work["synth"]["turns"] == 1 and draw.random() < 0.2:
        work["concurrency"] = draw.randint(1, 20)
    if draw.random() < 0.1:  # refused, every one
        work["synth"]["input"] = 4 * longest + 8000
    return work


def scenario(seed):
    draw = random.Random(seed)
    longest = draw.choice((400, 2000))
    split = draw.random() < 0.5
    pools = [pool(draw, "p", "prefill" if split else "aggregated", longest)]
    if split:
        pools.append(pool(draw, "d", "decode", longest))
    told = {"seed": seed, "cluster": {"pools": pools}, "workload": workload(draw, longest),
            "router": {"name": draw.choice(ROUTERS)},
            "output": {"requests": draw.choice(("full", "full", "full", "sample", "none")),
                       "sample": 10}}
    if split:
        told["network"] = {"bandwidth_gb_per_s": draw.choice((0.05, 1, 50)),
                           "latency_s": draw.choice((0, 0.05))}
        told["pd"] = {"first_token": draw.choice(("decode", "prefill"))}
    if draw.random() < 0.7:
        told["fleet"] = fleet(draw, pools)
    if draw.random() < 0.3:
        told["gateway"] = {"replicas": draw.randint(1, 3), "decision_s": draw.choice((0, 0.02)),
                           "network_s": draw.choice((0, 0.03)),
                           "feedback_s": draw.choice((0, 0.05))}
    if draw.random() < 0.5:
        told["slo"] = {"ttft_s": 0.5, "e2e_s": 2}
    return told


def main(program, count, first_seed=1):
    source = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_result"
    loader = importlib.machinery.SourceFileLoader("check_result", str(source))
    checker = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(checker)
    ran = 0
    with tempfile.TemporaryDirectory() as folder:
        text, result = pathlib.Path(folder) / "scenario.json", pathlib.Path(folder) / "out.h5"
        for seed in range(int(first_seed), int(first_seed) + int(count)):
            text.write_text(json.dumps(scenario(seed)))
            run = subprocess.run([program, "run", str(text), "-q", "-o", str(result)],
                                 capture_output=True, text=True)
            if run.returncode == 2 and ("decode side" in run.stderr or "serve" in run.stderr):
                continue  # a router that rules the cluster out
            if run.returncode != 0:
                print(f"seed {seed}: exit {run.returncode}: {run.stderr}")
                return 1
            if checker.main([str(result)]) != 0:
                print(f"seed {seed}: the file does not agree with itself")
                return 1
            ran += 1
    print(f"{ran} of {count} scenarios ran and agree")
    return 0 if 2 * ran > int(count) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
