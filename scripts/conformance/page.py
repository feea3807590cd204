"""Every comparison of results/conformance.md in turn, and its table."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCENARIO = "scenarios/mooncake-8.json"
SCALE = {"round-robin", "least-outstanding"}
HEAD = ["real router", "ours", "choices", "agreement", "ties", "agreement without ties",
        "real choice in our tie set"]


def dynamo(setting, *also):
    return ["dynamo", *(["--router-set", setting] if setting else []),
            *[word for name in also for word in ("--also", name)]]


# Options of drive.py, and which of its rows the page shows: ours, those for scale, or those named.
COMPARISONS = [
    (dynamo(None), lambda name: True),
    (dynamo("prefill_load_scale=4", "dynamo-kv@2025-08"), lambda name: name not in SCALE),
    (dynamo("overlap_score_credit=0.5"), lambda name: name not in SCALE),
    (dynamo("overlap_score_credit=2"), lambda name: name not in SCALE),
    (dynamo("prefill_load_scale=0.1", "dynamo-kv@2025-08:overlap_score_weight=0.1"),
     lambda name: name not in SCALE),
    (["smg"], lambda name: True),
]


def compare(pigou, options):
    command = [sys.executable, str(HERE / "drive.py"), *options, "--pigou", pigou]
    command += ["--scenario", SCENARIO, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return json.loads(done.stdout.splitlines()[-1])


def table(pigou):
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for options, shown in COMPARISONS:
        print("scripts/conformance/run", " ".join(options), file=sys.stderr)
        document = compare(pigou, options)
        real = document["real"]
        if "--router-set" in options:
            real += f", `{options[options.index('--router-set') + 1]}`"
        named = {word.split(":")[0]: word for word in options if word.startswith("dynamo-kv")}
        for row in document["rows"]:
            if shown(row[0]):
                ours = named.get(row[0], row[0])
                lines.append(f"| {real} | `{ours}` | " + " | ".join(row[1:]) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pigou", required=True)
    parser.add_argument("--write", metavar="FILE", help="put the table into this page")
    options = parser.parse_args()
    lines = table(options.pigou)
    if not options.write:
        print("\n".join(lines))
        return
    sys.path.insert(0, str(HERE.parent))
    from results_section import replace_section

    replace_section(options.write, "Choices", lines)


if __name__ == "__main__":
    main()
