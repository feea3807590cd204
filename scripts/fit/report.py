"""The catalogue file and the error table."""
import json
import statistics
from collections import defaultdict

SOURCES = {
    "aiconfigurator": "profiles/aiconfigurator (ai-dynamo/aiconfigurator@095f58a5), vLLM 0.24.0 "
                      "kernels (a100: vLLM 0.14.0)",
    "llmservingsim": "profiles/llmservingsim (casys-kaist/LLMServingSim@5daddb21), vLLM 0.19.0"}
NOTES = {
    "aiconfigurator": "composed from measured operator tables, not from engine steps: the errors "
                      "say how well the closed form compresses the sum; no host time, sampler or "
                      "logits gather; chunks with history approximated from tables without",
    "llmservingsim": "sums of per-layer CUDA times measured inside vLLM on one GPU; no host time"}
REGIMES = ("decode", "prefill", "mixed")


def catalogue_text(rows, missing):
    """One row per line, so that a reader can find one without parsing the rest."""
    compact = {"separators": (",", ":")}
    lines = [json.dumps(rows[k], **compact) for k in sorted(rows)]
    gaps = [json.dumps({"missing": k, "reason": missing[k]}, **compact) for k in sorted(missing)]
    note = ("Written by scripts/fit_step_model.py, do not edit. Coefficients in ms as "
            "docs/step-model.md; fit and test: median and p95 of the absolute % error.")
    return ("{\n" + f'"note": {json.dumps(note)},\n"sources": {json.dumps(SOURCES)},\n'
            f'"notes": {json.dumps(NOTES)},\n"rows": [\n' + ",\n".join(lines) +
            '\n],\n"missing": [\n' + ",\n".join(gaps) + "\n]\n}\n")


def family(key):
    model = key.split("/")[1]
    if model.startswith("deepseek"):
        return "MLA + MoE"
    return "MoE" if model.startswith(("gpt-oss", "qwen3-30b-a3b", "qwen3-235b")) else "dense"


def summary(rows):
    """Test errors by GPU, family and dtype: the median row and the worst row."""
    groups = defaultdict(list)
    for key, row in rows.items():
        gpu, *_, dtype = key.split("/")
        groups[gpu, family(key), dtype, row["kind"]].append(row)
    lines = ["| gpu | family | dtype | kind | rows | decode | prefill | mixed |",
             "|---|---|---|---|---|---|---|---|"]
    for group in sorted(groups):
        cells = []
        for regime in REGIMES:
            tests = [row[regime]["test"] for row in groups[group]]
            middle = [statistics.median(t[i] for t in tests) for i in (0, 1)]
            worst = [max(t[i] for t in tests) for i in (0, 1)]
            cells.append("{:.1f} / {:.1f} (worst {:.1f} / {:.1f})".format(*middle, *worst))
        lines.append(f"| {' | '.join(group)} | {len(groups[group])} | {' | '.join(cells)} |")
    return lines


HEAD = """# Step-time rows: fit and test errors

Made by `scripts/fit_step_model.py --report results/step-model.md` from the profiles under
`PIGOU_DATA`. Keys are gpu/model/tp/ep/dtype, the KV cache is bf16. Errors are absolute, in %,
median / p95, on the 70 % of the points that were fitted and on the 30 % held out.

* `composed` rows: the target is itself a sum of interpolated operator measurements, so the error is
  that of compressing the tables, not that against an engine.
* `measured` rows: sums of layer times inside vLLM on real mixed batches.

## Test errors in brief

The median over the rows of a group, and the worst row.
"""


def error_table(rows, missing):
    lines = [HEAD, *summary(rows), "", "## Every row", "",
             "| row | kind | decode fit | decode test | prefill fit | prefill test | mixed fit | "
             "mixed test |", "|---|---|---|---|---|---|---|---|"]
    for key in sorted(rows):
        cells = [f"{row[0]:.1f} / {row[1]:.1f}" for regime in REGIMES
                 for row in (rows[key][regime]["fit"], rows[key][regime]["test"])]
        lines.append(f"| {key} | {rows[key]['kind']} | " + " | ".join(cells) + " |")
    lines += ["", f"{len(rows)} rows.", "", "## Not covered", "",
              "| reason | (gpu, model, tp, ep, dtype) |", "|---|---|"]
    reasons = defaultdict(list)
    for key in sorted(missing):
        reasons[missing[key]].append(key)
    lines += [f"| {reason} | {', '.join(keys)} |" for reason, keys in sorted(reasons.items())]
    return "\n".join(lines)
