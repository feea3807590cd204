"""The closed form F2 and its fit: nonnegative least squares on relative errors, knee scanned.

    t[ms] = c0 + c_lo*min(T,T*) + c_hi*max(0,T-T*) + cR*R + cC*C + cA*A + cP*P + cE*E_act(T)
"""
import zlib

import numpy as np
from scipy.optimize import nnls

KNEES = (16, 32, 48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 768, 1024)
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


def solve(matrix, target):
    weighted = matrix / target[:, None]
    scale = np.sqrt((weighted ** 2).sum(axis=0))
    scale[scale == 0] = 1
    scaled = weighted / scale
    # The normal equations have 8 unknowns whatever the number of points.
    gram, right = scaled.T @ scaled, scaled.T @ np.ones(len(target))
    root = np.linalg.cholesky(gram + 1e-12 * np.eye(len(gram)))
    return nnls(root.T, np.linalg.solve(root, right))[0] / scale


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


def fit(points, target, regime, key, moe=None, ep=1):
    """Coefficients of one regime with fit and test errors. The split depends on the key only."""
    names = terms(points, regime, moe)
    random = np.random.default_rng(zlib.crc32(f"{key}/{regime}".encode()))
    test = random.random(len(target)) < 0.3
    best = None
    for knee in KNEES:
        design = columns(points, knee, moe, ep)
        matrix = np.stack([design[n] for n in names], axis=1).astype(float)
        solution = solve(matrix[~test], target[~test])
        loss = float((((matrix[~test] @ solution) / target[~test] - 1) ** 2).sum())
        if best is None or loss < best[0] * (1 - 1e-9):
            best = (loss, knee, solution, matrix @ solution)
    _, knee, solution, predicted = best
    values = dict.fromkeys(NAMES, 0.0) | dict(zip(names, (float(v) for v in solution)))
    if moe:
        values["c_hi"] += values["c_lo"]
    row = {"knee": knee} | {n: float(f"{v:.6g}") for n, v in values.items()}
    row["fit"] = errors(predicted[~test], target[~test])
    row["test"] = errors(predicted[test], target[test])
    return row
