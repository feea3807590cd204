"""The measured comparison of four routers, groundtruth/llmd_kvcache_37capacity: a part of
scripts/fidelity. Nothing here was chosen by looking at how it comes out."""
import csv
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = ROOT / "scenarios" / "fidelity-llmd-37capacity.json"
FOLDER = "llmd_kvcache_37capacity"
# rate and seconds of each stage, the first for warming up; a stage starts when the one before has
# been answered, so here long after it.
STAGES = ((9, 30), (3, 210), (4, 180), (5, 120), (6, 120), (8, 90), (10, 70), (12, 60), (15, 50),
          (20, 50))
STAGE_S = 4000
GROUPS, PROMPTS, BLOCK = 83, 3, 64
SYSTEM_BLOCKS, QUESTION_BLOCKS = 8000 // BLOCK, -(-1000 // BLOCK)
SEEDS = 5
SAME, CLEAR = 0.01, 0.10  # figures this close count as equal; this far apart as clearly not
# Scorers and weights as report.md has them. What it leaves at defaults is those of 2025: prefix
# blocks of 64 characters (16 tokens), 256 of them at most, 31,250 per pod; precise hits scaled to
# the range of the pods.
LOAD = "queue_weight=1,kv_weight=1"
APPROXIMATE_2025 = ("prefix_block_tokens=16,max_prefix_tokens=4096,prefix_lru_blocks=31250,"
                    "prefix_auto_tune=false")
PROFILES = {
    "precise": f"{LOAD},prefix_weight=2,prefix_state=precise,precise_scale=min-max",
    "default": f"{LOAD},prefix_weight=2,{APPROXIMATE_2025}",
    "load": f"{LOAD},prefix_weight=0",
    "random": "picker=random",
}
# The same two with what llm-d-epp@ebab687 has for defaults.
TODAY = {
    "precise": f"{LOAD},prefix_weight=2,prefix_state=precise",
    "default": f"{LOAD},prefix_weight=2",
}
METRICS = (("output_tok_s", "Output tokens/s", 0), ("ttft_mean_s", "TTFT mean, s", 3),
           ("ttft_p90_s", "TTFT p90, s", 3))


def arrivals(draws, rate, seconds, equal_gaps):
    """inference-perf's "constant" rate: exponential gaps, stretched to fill the stage."""
    gaps = [1.0 if equal_gaps else draws.expovariate(1) for _ in range(rate * seconds)]
    scale = seconds / sum(gaps)
    at = 0.0
    for gap in gaps:
        at += gap * scale
        yield at


def write_trace(path, seed, equal_gaps):
    """The prompts in one shuffled order, round and round, from its begin in every stage. Returns
    the time of the first, from which pigou counts."""
    draws = random.Random(seed)
    prompts = [(group, prompt) for group in range(GROUPS) for prompt in range(PROMPTS)]
    draws.shuffle(prompts)
    first_question = GROUPS * SYSTEM_BLOCKS
    first_at = None
    with open(path, "w", encoding="utf-8") as out:
        for number, (rate, seconds) in enumerate(STAGES):
            for k, at in enumerate(arrivals(draws, rate, seconds, equal_gaps)):
                first_at = at if first_at is None else first_at
                group, prompt = prompts[k % len(prompts)]
                question = first_question + (group * PROMPTS + prompt) * QUESTION_BLOCKS
                ids = [*range(group * SYSTEM_BLOCKS, (group + 1) * SYSTEM_BLOCKS),
                       *range(question, question + QUESTION_BLOCKS)]
                json.dump({"arrival_s": number * STAGE_S + at, "input_tokens": 9000,
                           "output_tokens": 1000, "hash_ids": ids}, out)
                out.write("\n")
    return first_at


def write_scenario(path, trace):
    """Ours, with the trace in place of one synthetic stage."""
    text = re.sub(r"//.*", "", SCENARIO.read_text(encoding="utf-8"))
    scenario = json.loads(text)
    scenario["workload"] = {
        "trace": str(trace), "format": "generic",
        "mapping": {"arrival": "arrival_s", "input_tokens": "input_tokens",
                    "output_tokens": "output_tokens", "hash_ids": "hash_ids",
                    "block_tokens": BLOCK}}
    scenario["router"] = {"name": "round-robin"}  # replaced by --router
    path.write_text(json.dumps(scenario), encoding="utf-8")


def stages_of(result, first_at):
    """What the report gives of each stage, from our result file."""
    import h5py
    import numpy as np
    with h5py.File(result) as file:
        columns = {name: file[f"result/requests/{name}"][:]
                   for name in ("arrival_s", "ttft_s", "e2e_s", "input_tokens", "output_tokens",
                                "hit_tokens")}
    columns["arrival_s"] += first_at
    stage = (columns["arrival_s"] // STAGE_S).astype(int)
    rows = {}
    for number, (rate, _) in enumerate(STAGES[1:], start=1):
        rows_of = stage == number
        e2e, ttft = columns["e2e_s"][rows_of], columns["ttft_s"][rows_of]
        if np.isnan(e2e).any():
            sys.exit(f"scripts/fidelity: requests of the stage at {rate}/s have not finished")
        last = (columns["arrival_s"][rows_of] + e2e).max() - number * STAGE_S
        if last > STAGE_S:
            sys.exit("scripts/fidelity: a stage is not over when the next begins")
        rows[rate] = {"output_tok_s": columns["output_tokens"][rows_of].sum() / last,
                      "ttft_mean_s": ttft.mean(), "ttft_p90_s": np.percentile(ttft, 90),
                      "hit_share": columns["hit_tokens"][rows_of].sum()
                      / columns["input_tokens"][rows_of].sum()}
    return rows


def simulate(program, profiles, equal_gaps=False):
    """{profile: {rate: {metric: mean over the seeds}}}"""
    out = {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        for seed in range(1, SEEDS + 1):
            first_at = write_trace(scratch / "trace.jsonl", seed, equal_gaps)
            write_scenario(scratch / "scenario.json", scratch / "trace.jsonl")
            for name, settings in profiles.items():
                command = [program, "run", str(scratch / "scenario.json"), "-q", "--router",
                           f"llm-d-epp@ebab687:{settings}", "--seed", str(seed), "-o",
                           str(scratch / "run.h5")]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    sys.exit(f"scripts/fidelity: {' '.join(command)} failed: {done.stderr}")
                for rate, figures in stages_of(scratch / "run.h5", first_at).items():
                    mean = out.setdefault(name, {}).setdefault(rate, {})
                    for metric, value in figures.items():
                        mean[metric] = mean.get(metric, 0) + value / SEEDS
    return out


def measured(data):
    out = {}
    with open(data / FOLDER / "results.csv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            name = row["policy"].removesuffix("-scheduling")
            out.setdefault(name, {})[int(float(row["qps"]))] = {
                metric: float(row[metric]) for metric, _, _ in METRICS}
    return out


def order(figures, rate, metric):
    """Profiles from best to worst."""
    best_first = metric == "output_tok_s"
    return sorted(PROFILES, key=lambda name: figures[name][rate][metric], reverse=best_first)


def pairs(there, here, metric, rates, apart):
    """Of pairs of profiles measured more than `apart` apart: how many are simulated in the same
    order, in the other, and within SAME of each other."""
    alike = other = same = 0
    names = list(PROFILES)
    for rate in rates:
        for a, b in ((a, b) for i, a in enumerate(names) for b in names[i + 1:]):
            x, y = there[a][rate][metric], there[b][rate][metric]
            u, v = here[a][rate][metric], here[b][rate][metric]
            if abs(x - y) <= apart * min(x, y):
                continue
            if abs(u - v) <= SAME * min(u, v):
                same += 1
            elif (x < y) == (u < v):
                alike += 1
            else:
                other += 1
    return alike, other, same


def figures_table(there, here, metric, title, digits, profiles):
    out = [f"| {title} at req/s | " + " | ".join(profiles) + " |",
           "|---" * (len(profiles) + 1) + "|"]
    for rate, _ in STAGES[1:]:
        cells = []
        for name in profiles:
            a, b = there[name][rate][metric], here[name][rate][metric]
            cells.append(f"{a:.{digits}f} / {b:.{digits}f} ({b / a - 1:+.0%})")
        out.append(f"| {rate} | " + " | ".join(cells) + " |")
    return out + [""]


def ranking_table(there, here):
    out = ["| req/s | by output tokens/s: measured | simulated "
           "| by mean TTFT: measured | simulated |", "|---|---|---|---|---|"]
    for rate, _ in STAGES[1:]:
        cells = [str(rate)]
        for metric in ("output_tok_s", "ttft_mean_s"):
            cells += [ranking(there, rate, metric), ranking(here, rate, metric)]
        out.append("| " + " | ".join(cells) + " |")
    return out + [""]


def ranking(figures, rate, metric):
    """The order in words; = stands between profiles within SAME of each other."""
    names = order(figures, rate, metric)
    words = names[0]
    for one, other in zip(names, names[1:]):
        a, b = figures[one][rate][metric], figures[other][rate][metric]
        words += (" = " if abs(a - b) <= SAME * min(a, b) else " > ") + other
    return words


def ranking_words(there, here):
    words = []
    rates = [rate for rate, _ in STAGES[1:]]
    for metric, what in (("output_tok_s", "output tokens/s"), ("ttft_mean_s", "mean TTFT")):
        alike, other, same = pairs(there, here, metric, rates, SAME)
        clear = pairs(there, here, metric, rates, CLEAR)
        words.append(
            f"by {what}, of {alike + other + same} pairs measured more than {SAME:.0%} apart "
            f"{alike} are simulated in the same order, {other} in the other and {same} within "
            f"{SAME:.0%}; of {sum(clear)} measured more than {CLEAR:.0%} apart {clear[0]}, "
            f"{clear[1]} and {clear[2]}")
    return ". ".join(word[0].upper() + word[1:] for word in words)


def hits_table(here):
    out = ["| Simulated share of prompt tokens found in cache, req/s | " + " | ".join(PROFILES)
           + " |", "|---" * (len(PROFILES) + 1) + "|"]
    for rate, _ in STAGES[1:]:
        cells = [f"{here[name][rate]['hit_share']:.1%}" for name in PROFILES]
        out.append(f"| {rate} | " + " | ".join(cells) + " |")
    return out + [""]


def section(program, data):
    """The comparison as Markdown."""
    there = measured(data)
    here = simulate(program, PROFILES)
    today = simulate(program, TODAY)
    equal = simulate(program, PROFILES, equal_gaps=True)
    out = ["## Four routers, Llama-3.1-70B, four servers of four H100, nine rates", "",
           f"`groundtruth/{FOLDER}`: llm-d's comparison of random, load (queue and KV scorers), "
           "default (the same and approximate prefix) and precise (KV-event prefix) scheduling; "
           "2025 software, single runs. Scenario: `scenarios/fidelity-llmd-37capacity.json` with "
           "all ten stages one after another; profiles: `docs/llm-d.md`. Best first; simulated "
           f"figures are means over {SEEDS} seeds (prompts' order, gaps, ties, scrape phases).", ""]
    out += ranking_table(there, here)
    out += [f"Figures within {SAME:.0%} stand as equal. {ranking_words(there, here)}.", "",
            "Measured / simulated and the error:", ""]
    for metric, title, digits in METRICS:
        out += figures_table(there, here, metric, title, digits, tuple(PROFILES))
    out += hits_table(here)
    out += ["The two prefix profiles with llm-d-epp@ebab687's defaults instead of 2025's:", ""]
    out += figures_table(there, today, "output_tok_s", METRICS[0][1], 0, tuple(TODAY))
    out += [f"With equal gaps between arrivals instead. {ranking_words(there, equal)}.", ""]
    return out
