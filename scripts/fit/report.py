"""The catalogue file and the error table."""
import json
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


def error_table(rows, missing):
    lines = ["# Step-time rows: fit and test errors", "",
             "Made by `scripts/fit_step_model.py --report results/step-model.md` from the profiles "
             "under `PIGOU_DATA`.", "Errors are absolute, in %, median / p95: on the 70 % of the "
             "points that were fitted, and on the 30 % that were not.",
             "`composed` rows: the target is itself a sum of interpolated operator measurements. "
             "`measured` rows: sums of layer", "times inside vLLM on real mixed batches.", "",
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
