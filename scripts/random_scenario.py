#!/usr/bin/env python3
"""A scenario file nobody thought of, from one number.

    scripts/random_scenario.py SEED [--routers NAME ...]        prints it
    scripts/random_scenario.py SEED --count N --folder DIR ...  writes DIR/SEED.json and the next

Draws from all that a scenario can say: open loops, sessions and fixed numbers outstanding; one
pool, unlike pools, prefill and decode; caches too small for the load; clients that give up;
instances that come, go, fail and boot; retries, circuit breakers, several slow routers, lost and
late KV events. The router is one of those named, or `round-robin`. scripts/compare_builds and the
tests of laws 12 and 14 run what it draws; a router may not fit the cluster, which the program then
says (exit 2).
"""

import argparse
import json
import random
import sys
from pathlib import Path


class Draw:
    """Named so that what is drawn reads as a sentence."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def whole(self, low, high):
        return self.random.randint(low, high)

    def seconds(self, low_ms, high_ms):
        return self.whole(low_ms, high_ms) / 1000

    def one_of(self, choices):
        return self.random.choice(choices)


def draw_synth(draw):
    synth = {
        "requests": draw.whole(60, 400),
        "rate": draw.whole(2, 60),
        "arrivals": draw.one_of(["poisson", "constant", "together", "gamma", "on-off"]),
        "input": draw.one_of([draw.whole(20, 900), "lognormal:400:1.0:1:2000"]),
        "output": draw.one_of([1, draw.whole(2, 120), "lognormal:60:0.8:1:400"]),
        "block_tokens": draw.one_of([16, 64, 512]),
        "seed": draw.whole(1, 1000),
    }
    if draw.chance(0.7):
        synth.update(groups=draw.whole(1, 6), system_tokens=draw.whole(0, 1500))
    if draw.chance(0.5):
        synth.update(turns=draw.whole(2, 6), think_s=draw.seconds(0, 2000),
                     closed_loop=draw.chance(0.6))
    return synth


def draw_workload(draw):
    if draw.chance(0.3):
        workload = {"trace": "traces/quickstart.jsonl.gz", "head": draw.whole(100, 500)}
    else:
        workload = {"synth": draw_synth(draw)}
    sessions = workload.get("synth", {}).get("turns", 1) > 1 and workload["synth"]["closed_loop"]
    if sessions:
        if draw.chance(0.4):
            workload["sessions"] = {"max_concurrent": draw.whole(1, 12)}
    elif draw.chance(0.15):
        workload["concurrency"] = draw.whole(1, 24)
    else:
        if draw.chance(0.2):
            workload["overlay"] = 2
        if draw.chance(0.3):
            workload["jitter_s"] = draw.seconds(1, 2000)
        if draw.chance(0.2):
            workload["thin"] = draw.whole(2, 9) / 10
        if draw.chance(0.2):
            workload["infer_turns"] = True
    if draw.chance(0.2):
        workload["rate_scale"] = draw.whole(1, 8) / 2
    if draw.chance(0.25):
        workload["timeout_s"] = draw.seconds(20, 8000)
    return workload


def draw_pool(draw, name, role, catalogue):
    pool = {"name": name, "role": role, "count": draw.whole(1, 3 if role == "decode" else 5)}
    if catalogue:
        pool.update(gpu="h100", model="llama-3.1-8b")
    else:
        pool.update(prefill_s_per_token=draw.whole(1, 40) * 1e-5,
                    decode_step_s=draw.seconds(2, 40))
    seats = draw.whole(2, 32)
    engine = {"max_num_seqs": seats, "max_num_batched_tokens": seats + draw.whole(32, 1000),
              "kv_tokens": draw.whole(4200, 30000) if draw.chance(0.8) else 400000}
    if draw.chance(0.2):
        engine["long_prefill_token_threshold"] = draw.whole(8, 256)
    if draw.chance(0.1):
        engine["enable_prefix_caching"] = False
    if draw.chance(0.3):
        engine["scheduler_reserve_full_isl"] = False
    pool["engine"] = engine
    return pool


def draw_pools(draw):
    roles = {"serve": "aggregated"}
    if draw.chance(0.4):
        roles = {"prefill": "prefill", "decode": "decode"}
    elif draw.chance(0.3):
        roles["other"] = "aggregated"
    catalogue = draw.chance(0.4)  # pools serve one model, the catalogue's or one of constants
    return [draw_pool(draw, name, role, catalogue) for name, role in roles.items()]


def draw_fleet(draw, pools):
    def somebody():
        pool = draw.one_of(pools)
        return {"pool": pool["name"], "index": draw.whole(0, pool["count"] - 1)}
    fleet = {"events": [{"at_s": draw.seconds(0, 12000), **somebody(),
                         "action": draw.one_of(["join", "drain", "fail", "recover"])}
                        for _ in range(draw.whole(0, 8))],
             "mttr_s": draw.seconds(1, 3000), "retries": draw.whole(0, 4)}
    if draw.chance(0.3):
        fleet["start_down"] = [somebody()]
    if draw.chance(0.4):
        fleet["mtbf_s"] = draw.whole(2, 20)
    if draw.chance(0.5):
        fleet["boot_s"] = draw.seconds(1, 1000)
    if draw.chance(0.4):
        fleet["detection_s"] = draw.seconds(1, 500)
    if draw.chance(0.5):
        fleet["retry"] = draw.one_of(["before-first-token", "continue"])
    if draw.chance(0.4):
        fleet.update(retry_backoff_s=draw.seconds(1, 400), retry_backoff_max_s=1,
                     retry_backoff_multiplier=draw.whole(4, 12) / 4,
                     retry_backoff_jitter=draw.whole(0, 4) / 4)
    if draw.chance(0.4):
        fleet["nobody"] = draw.one_of(["wait", "lose"])
    if draw.chance(0.4):
        fleet.update(breaker_failures=draw.whole(1, 5), breaker_successes=draw.whole(1, 3),
                     breaker_open_s=draw.seconds(1, 2000))
    return fleet


def draw_gateway(draw):
    gateway = {"replicas": draw.whole(1, 4),
               "replica_choice": draw.one_of(["round-robin", "random", "session"]),
               "sync": draw.chance(0.5)}
    for key in ("decision_s", "network_s", "feedback_s", "sync_latency_s"):
        if draw.chance(0.5):
            gateway[key] = draw.seconds(1, 40)
    return gateway


def draw_signals(draw):
    signals = {}
    if draw.chance(0.4):
        signals["age_s"] = draw.seconds(0, 300)
    if draw.chance(0.6):
        signals.update(kv_event_loss=draw.whole(1, 100) / 100,
                       kv_resync=draw.one_of(["gap", "periodic", "never"]),
                       kv_resync_s=draw.seconds(1, 500))
    return signals


def draw_scenario(seed, routers=("round-robin",)):
    """The scenario of `seed` as a dict, under one of `routers`."""
    draw = Draw(seed)
    pools = draw_pools(draw)
    scenario = {"name": f"random-{seed}", "seed": draw.whole(1, 10 ** 6),
                "workload": draw_workload(draw), "cluster": {"pools": pools},
                "router": {"name": draw.one_of(list(routers))}}
    if draw.chance(0.4):
        scenario["network"] = {"bandwidth_gb_per_s": draw.whole(1, 50),
                               "latency_s": draw.seconds(0, 20)}
    elif any("gpu" not in pool for pool in pools):
        scenario["network"] = {"bandwidth_gb_per_s": draw.whole(1, 50)}
    if len(pools) > 1 and pools[1]["role"] == "decode" and draw.chance(0.3):
        scenario["pd"] = {"first_token": "prefill"}
    if draw.chance(0.4):
        scenario["fleet"] = draw_fleet(draw, pools)
    if draw.chance(0.4):
        scenario["gateway"] = draw_gateway(draw)
    if draw.chance(0.4):
        scenario["signals"] = draw_signals(draw)
    if draw.chance(0.3):
        scenario["slo"] = {"ttft_s": draw.seconds(50, 2000), "tpot_s": draw.seconds(5, 60)}
    if draw.chance(0.2):
        scenario["output"] = {"timeline_s": draw.seconds(50, 2000)}
    return scenario


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--folder")
    parser.add_argument("--routers", nargs="+", default=["round-robin"])
    options = parser.parse_args()
    for seed in range(options.seed, options.seed + options.count):
        text = json.dumps(draw_scenario(seed, options.routers), indent=2) + "\n"
        if options.folder:
            (Path(options.folder) / f"{seed}.json").write_text(text)
        else:
            print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
