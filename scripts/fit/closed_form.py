"""The closed form F2 and its fit: nonnegative least squares on relative errors, knee scanned.

    t[ms] = c0 + c_lo*min(T,T*) + c_hi*max(0,T-T*) + cR*R + cC*C + cA*A + cP*P + cE*E_act(T)
"""
import zlib

import numpy as np
from scipy.optimize import nnls

KNEES = (16, 32, 48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 768, 1024)
LONG_PROMPT = 4096  # tokens: attention kernels run at their steady rate from here on
NAMES = ("c0", "c_lo", "c_hi", "cR", "cC", "cA", "cP", "cE")
# R equals T in a decode step, so cR is left to T there.
TERMS = {"decode": ("c0", "c_lo", "c_hi", "cC"),
         "prefill": ("c0", "c_lo", "c_hi", "cR", "cA"),
         "mixed": ("c0", "c_lo", "c_hi", "cR", "cC", "cA")}


def expected_experts(moe, ep, tokens):
    experts = moe["experts"]
    return experts / ep * (1 - (1 - moe["top_k"] / experts) ** tokens)


def columns(points, knee, moe, ep):
    tokens = points.tokens
    out = {"c0": np.ones(len(tokens)), "c_lo": np.minimum(tokens, knee),
           "c_hi": np.maximum(0, tokens - knee), "cR": points.sequences,
           "cC": points.decode_context, "cA": points.attention, "cP": points.prefill_context}
    if moe:
        # T and what exceeds the knee, so that the slope never falls: c_hi is their sum.
        out["c_lo"] = tokens
        out["cE"] = expected_experts(moe, ep, tokens)
    return out


def solve(matrix, target, scale_by):
    """Nonnegative least squares of matrix @ x = target, each point weighted by 1 / scale_by."""
    weighted = matrix / scale_by[:, None]
    scale = np.sqrt((weighted ** 2).sum(axis=0))
    scale[scale == 0] = 1
    scaled = weighted / scale
    # The normal equations have 8 unknowns whatever the number of points.
    gram, right = scaled.T @ scaled, scaled.T @ (target / scale_by)
    root = np.linalg.cholesky(gram + 1e-12 * np.eye(len(gram)))
    return nnls(root.T, np.linalg.solve(root, right))[0] / scale


def attention_slope(points, attention):
    """cA from the attention time of long prompts alone. Fitted with the rest, cA also bends to what
    the GEMMs do at large T, and A is what grows without bound on long prompts. Short chunks are
    left out: the difference of two table entries that stands for them is mostly noise."""
    long = (points.history + points.length >= LONG_PROMPT) & (points.length >= LONG_PROMPT / 4)
    matrix = np.stack([np.ones(long.sum()), points.tokens[long], points.attention[long]], axis=1)
    return float(f"{solve(matrix, attention[long], attention[long])[2]:.6g}")


def errors(predicted, target):
    percent = 100 * np.abs(predicted / target - 1)
    return [round(float(np.median(percent)), 2), round(float(np.percentile(percent, 95)), 2)]


def terms(points, regime, moe):
    """Terms that the points can tell apart: one chunk in every step leaves cR to c0, and composed
    points carry all that history costs in A."""
    names = [n for n in TERMS[regime] if n != "cR" or np.ptp(points.sequences) > 0]
    if points.has_history_kernels and regime != "decode":
        names.append("cP")
    return names + (["cE"] if moe else [])


def test_points(target, regime, key):
    """The 30 % held out: they depend on the row's key only."""
    random = np.random.default_rng(zlib.crc32(f"{key}/{regime}".encode()))
    return random.random(len(target)) < 0.3


def fit(points, target, regime, key, moe=None, ep=1, slope=None):
    """Coefficients of one regime with fit and test errors; cA is `slope` where that is given."""
    names = terms(points, regime, moe)
    known = np.zeros(len(target))
    if slope is not None and "cA" in names:
        names.remove("cA")
        known = slope * points.attention
    test = test_points(target, regime, key)
    best = None
    for knee in KNEES:
        design = columns(points, knee, moe, ep)
        matrix = np.stack([design[n] for n in names], axis=1).astype(float)
        solution = solve(matrix[~test], (target - known)[~test], target[~test])
        predicted = known + matrix @ solution
        loss = float(((predicted / target - 1)[~test] ** 2).sum())
        if best is None or loss < best[0] * (1 - 1e-9):
            best = (loss, knee, solution, predicted)
    _, knee, solution, predicted = best
    values = dict.fromkeys(NAMES, 0.0) | dict(zip(names, (float(v) for v in solution)))
    if known.any():
        values["cA"] = slope
    if moe:
        values["c_hi"] += values["c_lo"]
    row = {"knee": knee} | {n: float(f"{v:.6g}") for n, v in values.items()}
    row["fit"] = errors(predicted[~test], target[~test])
    row["test"] = errors(predicted[test], target[test])
    return row


def refit_attention(row, points, target, regime, key, moe, ep, slope):
    """cC and cA for another KV dtype, everything else of `row` kept."""
    test = test_points(target, regime, key)
    design = columns(points, row["knee"], None, ep)
    if moe:
        design["cE"] = expected_experts(moe, ep, points.tokens)
    out = {"cC": 0.0, "cA": slope if "cA" in TERMS[regime] else 0.0}
    predicted = sum((row | out)[n] * design[n] for n in NAMES if n in design)
    if "cC" in TERMS[regime]:
        matrix = design["cC"][:, None].astype(float)
        slope = solve(matrix[~test], (target - predicted)[~test], target[~test])[0]
        out["cC"] = float(f"{slope:.6g}")
        predicted = predicted + out["cC"] * design["cC"]
    out["test"] = errors(predicted[test], target[test])
    return out
