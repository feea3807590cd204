"""results/depth.md, from what ran: python3 scripts/depth_page.py JUNIT.xml DEPTH.log MUTANTS.json

Called by scripts/test long. JUNIT.xml says how tests ended, DEPTH.log what each random search drew
(tests/depth.hpp), MUTANTS.json which planted faults were noticed (scripts/mutants).
"""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

from results_section import machine_line

ROOT = Path(__file__).resolve().parent.parent


def base_name(test):
    """Suite.Name of a test, its instances together: Policies/Suite.Name/3 -> Suite.Name."""
    suite, name = test.split(".", 1)
    return f"{suite.split('/')[-1]}.{name.split('/')[0]}"


def drawn(log):
    """Suite.Name -> {what: count}."""
    counts = defaultdict(lambda: defaultdict(int))
    for line in Path(log).read_text().splitlines():
        test, what, count = line.split("\t")
        counts[base_name(test)][what] += int(count)
    return counts


def endings(junit):
    """Suite.Name -> [tests that ran, that failed, seconds]; ctest's names begin with a room."""
    found = defaultdict(lambda: [0, 0, 0.0])
    for case in ElementTree.parse(junit).iter("testcase"):
        name = case.get("name", "")
        if name.count(".") < 2 or case.get("status") == "notrun":
            continue
        entry = found[base_name(name.split(".", 1)[1])]
        entry[0] += 1
        entry[1] += case.get("status") == "fail"
        entry[2] += float(case.get("time") or 0)
    return found


def search_rows(counts, ended):
    for test in sorted(counts):
        ran, failed, seconds = ended.get(test, [0, 0, 0.0])
        what = ", ".join(f"{count:,} {name}" for name, count in sorted(counts[test].items()))
        outcome = "not in the report" if ran == 0 else str(failed)
        yield f"| {test} | {what} | {outcome} | {seconds:,.0f} |"


def page(counts, ended, mutants, depth, commit):
    totals = defaultdict(int)
    for drawn_by_test in counts.values():
        for what, count in drawn_by_test.items():
            totals[what] += count
    caught = sum(mutant["result"] == "caught" for mutant in mutants)
    yield from ["# Depth", "",
                f"Remade by `scripts/test long` at commit {commit}: every random search of the "
                f"tests, {depth} times as deep as in continuous integration, and every planted "
                "fault.", "", f"Machine: {machine_line()}.", "",
                "In all " + ", ".join(f"{n:,} {what}" for what, n in sorted(totals.items())) +
                f"; {sum(failed for _, failed, _ in ended.values())} of "
                f"{sum(ran for ran, _, _ in ended.values()):,} tests failed.", "",
                "## Random searches", "",
                "| test | drawn | failures | seconds |", "|---|---|---|---|",
                *search_rows(counts, ended), "",
                "## Planted faults", "",
                f"{caught} of {len(mutants)} are noticed by the tests of the law they break.", "",
                "| law | fault | tests | result |", "|---|---|---|---|",
                *(f"| {m['law']} | {m['fault']} | `{m['test']}` | {m['result']} |"
                  for m in mutants)]


def main(junit, log, mutants):
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty",
                             "--abbrev=12", "--exclude=*"], capture_output=True, text=True)
    lines = page(drawn(log), endings(junit), json.loads(Path(mutants).read_text()),
                 os.environ.get("PIGOU_DEPTH", "1"), commit.stdout.strip() or "unknown")
    (ROOT / "results" / "depth.md").write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 4 else __doc__)
