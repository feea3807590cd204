"""Measured operator tables of profiles/aiconfigurator: reading and log-log interpolation.

Every lookup returns milliseconds of one kernel call on one GPU. What a table does not hold raises
Missing with the operator and the key, so that the catalogue can say what is missing.
"""
import csv
import gzip
from collections import defaultdict

import numpy as np


class Missing(Exception):
    """An operator key that the measured tables do not cover."""


def missing_key(name, columns, key):
    return Missing(f"{name}: " + " ".join(f"{c}={v}" for c, v in zip(columns, key)))


def read_rows(path):
    if not path.exists():
        raise Missing(f"{path.name.split('.')[0]}: no such table for this GPU")
    with gzip.open(path, "rt") as handle:
        reader = csv.reader(handle)
        header = next(reader)
        yield header
        yield from reader


def log_interpolate(x, xs, ys, top_slope):
    """Log-log inside the measured range, flat below it, a power of `top_slope` above it."""
    lx = np.log(np.maximum(x, 1e-9))
    inside = np.interp(lx, xs, ys)
    return np.where(lx > xs[-1], inside + top_slope * (lx - xs[-1]), inside)


class Curve:
    """Latency against one size."""

    def __init__(self, points, top_slope=1.0):
        sizes = sorted(points)
        self.x = np.log(np.array(sizes, float))
        self.y = np.log(np.array([points[s] for s in sizes]))
        self.top_slope = top_slope

    def logs(self, x):
        return log_interpolate(x, self.x, self.y, self.top_slope)

    def __call__(self, x):
        return np.exp(self.logs(x))


class Sheet:
    """Latency against (batch, length), ragged: long lengths exist for small batches only."""

    def __init__(self, points, top_slope):
        curves = defaultdict(dict)
        for (batch, length), latency in points.items():
            curves[batch][length] = latency
        self.batches = np.array(sorted(curves), float)
        self.curves = [Curve(curves[b], top_slope) for b in sorted(curves)]

    def __call__(self, batch, length):
        logs = np.stack([curve.logs(length) for curve in self.curves])
        grid = np.log(self.batches)
        at = np.log(np.maximum(batch, 1))
        hi = np.clip(np.searchsorted(grid, at), 1, len(grid) - 1)
        weight = (at - grid[hi - 1]) / (grid[hi] - grid[hi - 1])
        index = np.arange(len(at))
        low, high = logs[hi - 1, index], logs[hi, index]
        # Above the largest batch the kernel is saturated: time proportional to the batch.
        inside = low + np.clip(weight, 0, 1) * (high - low)
        return np.exp(inside + np.maximum(0, at - grid[-1]))


class System:
    """All tables of one GPU."""

    def __init__(self, folder):
        self.folder = folder
        self.memo = {}

    def load(self, name, loader):
        if name not in self.memo:
            self.memo[name] = loader()
        return self.memo[name]

    def table(self, name, key_columns, point_columns):
        """{key: {point: latency}}; duplicates keep the fastest kernel."""

        def loader():
            rows = read_rows(self.folder / f"{name}_perf.csv.gz")
            column = {c: i for i, c in enumerate(next(rows))}
            keys = [column.get(c) for c in key_columns]
            points = [column[c] for c in point_columns]
            latency = column["latency"]
            out = defaultdict(dict)
            for row in rows:
                key = tuple("0" if i is None else row[i] for i in keys)
                point = tuple(int(row[i]) for i in points)
                value = float(row[latency])
                known = out[key]
                known[point] = min(value, known.get(point, value))
            return out

        return self.load(name, loader)

    def curve(self, name, key_columns, key, size_column, top_slope=1.0):
        points = self.table(name, key_columns, [size_column]).get(key)
        if not points or len(points) < 4:
            raise missing_key(name, key_columns, key)
        flat = {point[0]: latency for point, latency in points.items()}
        return self.load((name, key), lambda: Curve(flat, top_slope))

    # -- operators --------------------------------------------------------------------------

    def gemm(self, dtype, m, n, k):
        """Bilinear in log n, log k between measured weight shapes; above the largest n linear."""
        table = self.table("gemm", ["gemm_dtype", "n", "k"], ["m"])
        grid = self.load(("gemm grid", dtype), lambda: sorted(
            {int(key[1]) for key in table if key[0] == dtype}))
        if not grid:
            raise Missing(f"gemm: no {dtype} rows")
        scale = max(1.0, n / grid[-1])
        n = min(n, grid[-1])
        if min(n, k) < grid[0] or k > grid[-1]:
            raise Missing(f"gemm: {dtype} n={n} k={k} lies outside the measured shapes")
        total = np.zeros(len(m))
        for n_at, n_weight in bracket(grid, n):
            for k_at, k_weight in bracket(grid, k):
                key = (dtype, str(n_at), str(k_at))
                curve = self.curve("gemm", ["gemm_dtype", "n", "k"], key, "m")
                total += n_weight * k_weight * curve.logs(m)
        return scale * np.exp(total)

    def all_reduce(self, gpus, elements):
        """One all-reduce of `elements` 2-byte values (the table's message_size is in elements)."""
        if gpus == 1:
            return np.zeros(len(elements))
        names, key = ["backend", "num_gpus"], ("vllm_graph", str(gpus))
        return self.curve("custom_allreduce", names, key, "message_size")(elements)

    def attention(self, kind, heads, kv_heads, head_dim, window, kv_dtype):
        """Sheet over (batch, prompt length) for context, (batch, context length) for generation."""
        names = ["num_heads", "num_key_value_heads", "head_dim", "attn_dtype", "kv_cache_dtype",
                 "window_size"]
        key = (str(heads), str(kv_heads), str(head_dim), "bfloat16", kv_dtype, str(window))
        return self.sheet(f"{kind}_attention", names, key, kind)

    def mla(self, kind, heads, gemm_dtype, kv_dtype):
        names = ["num_heads", "mla_dtype", "kv_cache_dtype", "gemm_type"]
        key = (str(heads), "bfloat16", kv_dtype, gemm_dtype)
        return self.sheet(f"mla_{kind}_module", names, key, kind)

    def sheet(self, name, key_columns, key, kind):
        length = "isl" if kind == "context" else "step"
        points = self.table(name, key_columns, ["batch_size", length]).get(key)
        if not points:
            raise missing_key(name, key_columns, key)
        # step counts the tokens before the new one.
        shift = 0 if kind == "context" else 1
        top_slope = 2.0 if kind == "context" else 1.0
        return self.load((name, key), lambda: Sheet(
            {(b, x + shift): v for (b, x), v in points.items()}, top_slope))

    def moe(self, dtype, tokens, hidden, intermediate, top_k, experts, tp, ep, distribution):
        names = ["moe_dtype", "hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size",
                 "moe_ep_size", "distribution"]
        key = (dtype, *(str(v) for v in (hidden, intermediate, top_k, experts, tp, ep)),
               distribution)
        return self.curve("moe", names, key, "num_tokens")(tokens)


def bracket(grid, value):
    """The grid points around `value` with their log-linear weights."""
    hi = min(i for i, g in enumerate(grid) if g >= value)
    if grid[hi] == value:
        return [(value, 1.0)]
    low, high = grid[hi - 1], grid[hi]
    weight = np.log(value / low) / np.log(high / low)
    return [(low, 1 - weight), (high, weight)]
