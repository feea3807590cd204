"""results/depth.md, from what ran: python3 scripts/depth_page.py DEPTH.runs MUTANTS.json
With `--failed DEPTH.runs` it prints a pattern of the tests whose last run failed instead.

Called by scripts/test long. DEPTH.runs names, a line each, the commit and the JUnit file of the
whole run and of what was run again after a mend; beside each, JUNIT.xml.drawn says what the random
searches drew (tests/depth.hpp). MUTANTS.json says which planted faults were noticed
(scripts/mutants).
"""

import json
import os
import re
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


def drawn(logs):
    """Suite.Name -> {what: count}; of a test that ran again, its last run."""
    last = {}
    for log in logs:
        counts = defaultdict(lambda: defaultdict(int))
        for line in Path(log).read_text().splitlines() if Path(log).is_file() else ():
            test, what, count = line.split("\t")
            counts[test][what] += int(count)
        last.update(counts)
    merged = defaultdict(lambda: defaultdict(int))
    for test, counts in last.items():
        for what, count in counts.items():
            merged[base_name(test)][what] += count
    return merged


def cases(junit):
    """ctest's name, which begins with a room, -> (failed, seconds)."""
    for case in ElementTree.parse(junit).iter("testcase"):
        if case.get("name", "").count(".") >= 2 and case.get("status") != "notrun":
            yield case.get("name"), (case.get("status") == "fail", float(case.get("time") or 0))


def endings(runs):
    """Suite.Name -> [tests that ran, that failed, seconds], of each test the last run; and the
    tests of the runs after the first: [(commit, names)]."""
    last, again = {}, []
    for number, (commit, junit) in enumerate(runs):
        ran = dict(cases(junit))
        last.update(ran)
        if number > 0:
            again.append((commit, sorted(ran)))
    found = defaultdict(lambda: [0, 0, 0.0])
    for name, (failed, seconds) in last.items():
        entry = found[base_name(name.split(".", 1)[1])]
        entry[0] += 1
        entry[1] += failed
        entry[2] += seconds
    return found, again


def search_rows(counts, ended):
    for test in sorted(counts):
        ran, failed, seconds = ended.get(test, [0, 0, 0.0])
        what = ", ".join(f"{count:,} {name}" for name, count in sorted(counts[test].items()))
        outcome = "not in the report" if ran == 0 else str(failed)
        yield f"| {test} | {what} | {outcome} | {seconds:,.0f} |"


def page(counts, ended, again, mutants, depth, commit):
    totals = defaultdict(int)
    for drawn_by_test in counts.values():
        for what, count in drawn_by_test.items():
            totals[what] += count
    caught = sum(mutant["result"] == "caught" for mutant in mutants)
    yield from ["# Depth", "",
                f"Remade by `scripts/test long` at commit {commit}: every random search of the "
                f"tests, {depth} times as deep as in continuous integration, and every planted "
                "fault.", "",
                *(line for then, names in again for line in
                  (f"Failed there and run again, after a mend, at commit {then}: " +
                   ", ".join(f"`{name}`" for name in names) + ".", "")),
                f"Machine: {machine_line()}.", "",
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


def runs_of(file):
    """[(commit, JUnit file)] of the whole run and of those after it."""
    return [line.split(" ", 1) for line in Path(file).read_text().splitlines()]


def print_failed(runs_file):
    last = {}
    for _, junit in runs_of(runs_file):
        last.update(cases(junit))
    names = sorted(name for name, (failed, _) in last.items() if failed)
    if not names:
        return "no test of the last long run failed: nothing to run again"
    print("^(" + "|".join(re.escape(name) for name in names) + ")$")
    return 0


def main(runs_file, mutants):
    runs = runs_of(runs_file)
    ended, again = endings(runs)
    lines = page(drawn(f"{junit}.drawn" for _, junit in runs), ended, again,
                 json.loads(Path(mutants).read_text()), os.environ.get("PIGOU_DEPTH", "1"),
                 runs[0][0])
    (ROOT / "results" / "depth.md").write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(print_failed(sys.argv[2]) if sys.argv[1] == "--failed" else main(*sys.argv[1:]))
