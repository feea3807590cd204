#!/usr/bin/python3
"""Fits src/model/catalogue/step_rows.json from the measured profiles under PIGOU_DATA.

    scripts/fit_step_model.py                  refit, write the catalogue, print the error table
    scripts/fit_step_model.py --check          refit, exit 1 if the committed catalogue differs
    scripts/fit_step_model.py --report FILE    also write the table to FILE

Nothing here reads groundtruth/. Needs numpy and scipy (Debian: python3-numpy, python3-scipy).
"""
import argparse
import json
import os
import pathlib
import sys
import zlib

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"  # one core, and sums in one order

import numpy as np  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from fit import closed_form, report, served  # noqa: E402
from fit.compose import Batch, Composer, kv_tokens  # noqa: E402
from fit.tables import Missing, System  # noqa: E402

CATALOGUE = ROOT / "src/model/catalogue"
SYSTEMS = {"a100": "a100_sxm", "b200": "b200_sxm", "gb200": "gb200", "h100": "h100_sxm",
           "h200": "h200_sxm"}
SERVED = {"rtx4090": "RTX4090", "rtxpro6000": "RTXPRO6000"}
SERVED_MODELS = {"llama-3.1-8b": "meta-llama/Llama-3.1-8B", "qwen3-32b": "Qwen/Qwen3-32B",
                 "qwen3-30b-a3b": "Qwen/Qwen3-30B-A3B-Instruct-2507"}
TPS = (1, 2, 4, 8)
LARGEST_STEP = 16384  # tokens: where the context attention tables end
SAMPLES = {"decode": 900, "prefill": 900, "mixed": 1200}


def load(name):
    """{name: entry}; what the file states for all of its entries is copied into each."""
    file = json.loads((CATALOGUE / f"{name}.json").read_text())
    shared = {k: v for k, v in file.items() if k not in (name, "note")}
    return {entry["name"]: shared | entry for entry in file[name]}


def log_uniform(random, low, high, count):
    return np.exp(random.uniform(np.log(low), np.log(high), count))


def sample(regime, key, capacity):
    """Random steps that a pool of this capacity could run, the same for every run."""
    random = np.random.default_rng(zlib.crc32(key.encode()) + 1)
    count = SAMPLES[regime]
    zero = np.zeros(count)
    decodes, context, chunks, length, history = zero, zero, zero, zero, zero
    if regime != "prefill":
        decodes = np.floor(log_uniform(random, 1, 1025, count))
        most = np.clip(capacity / decodes, 32, 131072)
        context = np.floor(16 * (most / 16) ** random.random(count))
    if regime != "decode":
        chunks = random.choice([1.0, 2, 4, 8, 16], count, p=[0.6, 0.16, 0.12, 0.08, 0.04])
        most = np.maximum((LARGEST_STEP - decodes) / chunks, 8)
        length = np.floor(4 * (most / 4) ** random.random(count))
        # Half of the single chunks continue a prompt; the tables end at LARGEST_STEP positions.
        room = np.maximum(LARGEST_STEP - length, 32)
        past = np.floor(16 * (room / 16) ** random.random(count))
        continues = (chunks == 1) & (random.random(count) < 0.5) & (past + length <= LARGEST_STEP)
        history = np.where(continues, past, 0)
    return Batch(decodes, context, chunks, length, history)


def composed_row(system, gpu, model, tp, ep, dtype, key):
    capacity = kv_tokens(gpu, model, tp, dtype)
    composer = Composer(system, gpu, model, tp, ep, dtype)
    row = {"key": key, "kind": "composed", "source": "aiconfigurator", "allreduce_ms": 0.0,
           "allreduce_ms_per_tok": 0.0}
    moe = model.get("moe")
    batches = {regime: sample(regime, f"{key}/{regime}", capacity) for regime in SAMPLES}

    def slope(composer):
        return closed_form.attention_slope(batches["prefill"],
                                           composer.attention_time(batches["prefill"]))

    for regime, batch in batches.items():
        row[regime] = closed_form.fit(batch, composer.step(batch), regime, key, moe, ep,
                                      slope(composer))
    try:
        composer = Composer(system, gpu, model, tp, ep, dtype, "fp8")
        row["kv_fp8"] = {regime: closed_form.refit_attention(
            row[regime], batch, composer.step(batch), regime, key, moe, ep, slope(composer))
            for regime, batch in batches.items()}
    except Missing as reason:
        row["note"] = f"no times for an fp8 KV cache ({reason})"
    return row


def composed(data, gpus, models):
    rows, missing = {}, {}
    for gpu, folder in SYSTEMS.items():
        system = System(data / "profiles/aiconfigurator" / folder)
        for name, model in models.items():
            for tp in TPS:
                for ep in sorted({1, tp if "moe" in model else 1}):
                    for dtype in model["dtypes"]:
                        key = f"{gpu}/{name}/tp{tp}/ep{ep}/{dtype}"
                        try:
                            rows[key] = composed_row(system, gpus[gpu], model, tp, ep, dtype, key)
                        except Missing as reason:
                            missing[key] = str(reason)
    return rows, missing


def served_row(folder, model, tp, key):
    floor, per_token = served.all_reduce(model, tp)
    row = {"key": key, "kind": "measured", "source": "llmservingsim", "allreduce_ms": floor,
           "allreduce_ms_per_tok": per_token}
    if tp > 1:
        row["note"] = ("all-reduce not measured: two per layer of 6 us + bytes / 36 GB/s (NCCL "
                       "over PCIe); a real TP2 run took longer than a replay with it (-17 %)")
    for regime, (points, target) in served.steps(folder, model).items():
        row[regime] = closed_form.fit(points, target, regime, key, model.get("moe"))
    return row


def measured(data, models):
    rows, missing = {}, {}
    for gpu, folder in SERVED.items():
        for name, path in SERVED_MODELS.items():
            for tp in TPS:
                key = f"{gpu}/{name}/tp{tp}/ep1/bf16"
                source = data / "profiles/llmservingsim" / folder / path / f"bf16/tp{tp}"
                try:
                    if not source.exists():
                        raise Missing("profiles/llmservingsim has no such profile")
                    rows[key] = served_row(source, models[name], tp, key)
                except Missing as reason:
                    missing[key] = str(reason)
    return rows, missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--report", type=pathlib.Path, help="write the error table here as well")
    options = parser.parse_args()
    data = pathlib.Path(os.environ.get("PIGOU_DATA", ROOT.parent / "shared"))
    if not (data / "profiles").is_dir():
        sys.exit(f"fit_step_model: no folder {data / 'profiles'} (measured profiles live there): "
                 "set PIGOU_DATA")
    gpus, models = load("gpus"), load("models")
    rows, missing = composed(data, gpus, models)
    more, more_missing = measured(data, models)
    rows, missing = rows | more, missing | more_missing
    text = report.catalogue_text(rows, missing)
    table = report.error_table(rows, missing)
    print(table)
    path = CATALOGUE / "step_rows.json"
    if options.check:
        if path.read_text() != text:
            sys.exit(f"fit_step_model: {path} differs from a fresh fit (profiles or script "
                     "changed): run scripts/fit_step_model.py and commit the result")
        return
    path.write_text(text)
    if options.report:
        options.report.write_text(table + "\n")


if __name__ == "__main__":
    main()
