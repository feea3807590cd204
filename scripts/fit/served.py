"""Steps from profiles/llmservingsim: per-layer CUDA times inside vLLM on real mixed batches.

    step = L * (2 layernorm + qkv + [qk_norm] + rotary + attention + o_proj + FFN) + embedding
           + final_layernorm + lm_head(R) + sampler(R)

One GPU with TP-sliced shapes: no all-reduce (the row states a formula for it), no host time.
skew.csv holds sums of three iterations and is not used.
"""
import csv
import gzip
from collections import defaultdict

import numpy as np

from fit.closed_form import expected_experts
from fit.tables import Curve, Missing

PER_LAYER = ("layernorm", "layernorm", "qkv_proj", "qk_norm", "rotary_emb", "o_proj",
             "gate_up_proj", "act_fn", "down_proj")
ONCE = ("embedding", "final_layernorm")
# NCCL table of the RTX PRO 6000 over PCIe as the latency reference states it.
PCIE_FLOOR_MS = 0.006
PCIE_BYTES_PER_S = 36e9


class Points:
    """The measured batches of attention.csv, by regime."""

    has_history_kernels = True

    def __init__(self, rows):
        chunk, history, decodes, context = rows.T
        self.decodes = decodes
        self.tokens = chunk + decodes
        self.sequences = decodes + (chunk > 0)
        self.decode_context = decodes * context
        self.attention = chunk * (history + chunk / 2)
        self.prefill_context = history * (chunk > 0)


def read_curves(path, size_column):
    curves = defaultdict(dict)
    with open(path) as handle:
        for row in csv.DictReader(handle):
            curves[row["layer"]][int(row[size_column])] = float(row["time_us"]) / 1e3
    return {name: Curve(points) for name, points in curves.items()}


def read_attention(path):
    with gzip.open(path, "rt") as handle:
        table = np.array([[float(v) for v in row] for row in list(csv.reader(handle))[1:]])
    return table[:, :4], table[:, 4] / 1e3


def moe_time(path, moe, tokens):
    """Bilinear in log tokens and log activated experts, taken at the expected ones."""
    if not path.exists():
        raise Missing(f"{path.name}: not in {path.parent.name} of profiles/llmservingsim")
    curves = defaultdict(dict)
    with open(path) as handle:
        for row in csv.DictReader(handle):
            curves[int(row["activated_experts"])][int(row["tokens"])] = float(row["time_us"]) / 1e3
    grid = np.log(sorted(curves))
    # Few tokens cannot activate many experts, so these curves start late and are flat before.
    logs = np.stack([Curve(curves[a]).logs(tokens) for a in sorted(curves)])
    at = np.log(expected_experts(moe, 1, tokens))
    hi = np.clip(np.searchsorted(grid, at), 1, len(grid) - 1)
    weight = np.clip((at - grid[hi - 1]) / (grid[hi] - grid[hi - 1]), 0, 1)
    index = np.arange(len(tokens))
    return np.exp((1 - weight) * logs[hi - 1, index] + weight * logs[hi, index])


def steps(folder, model):
    """{regime: (points, milliseconds)} of one folder tpN."""
    rows, attention = read_attention(folder / "attention.csv.gz")
    points = Points(rows)
    dense = read_curves(folder / "dense.csv", "tokens")
    sequence = read_curves(folder / "per_sequence.csv", "sequences")
    layer = attention + sum(dense[n](points.tokens) for n in PER_LAYER if n in dense)
    if "moe" in model:
        layer = layer + moe_time(folder / "moe.csv", model["moe"], points.tokens)
    total = model["layers"] * layer + sum(dense[n](points.tokens) for n in ONCE)
    total = total + sequence["lm_head"](points.sequences) + sequence["sampler"](points.sequences)
    chunked, decoding = rows[:, 0] > 0, rows[:, 2] > 0
    masks = {"decode": ~chunked & decoding, "prefill": chunked & ~decoding,
             "mixed": chunked & decoding}
    return {regime: (Points(rows[mask]), total[mask]) for regime, mask in masks.items()}


def all_reduce(model, tp):
    """(ms per step, ms per token) of two all-reduces per layer over PCIe."""
    if tp == 1:
        return 0.0, 0.0
    calls = 2 * model["layers"]
    per_token = calls * model["hidden"] * 2 / PCIE_BYTES_PER_S * 1e3
    return calls * PCIE_FLOOR_MS, float(f"{per_token:.6g}")
