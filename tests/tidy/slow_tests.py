"""No test grows slow unseen: python3 tests/tidy/slow_tests.py JUNIT.xml SECONDS [LIST]

Prints one line per test that took longer and is not named in LIST (tests/slow.txt) and exits 1 if
there are any. The list is a ratchet: make a test shorter before its name goes on it.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def durations(junit):
    """Seconds of every test that ran, by name."""
    return {case.get("name"): float(case.get("time") or 0)
            for case in ElementTree.parse(junit).iter("testcase")}


def listed(path):
    lines = (line.split("#")[0].strip() for line in Path(path).read_text().splitlines())
    return {line for line in lines if line}


def too_slow(took, names, limit_s):
    """(name, seconds) of the tests that took longer than the limit and are not on the list."""
    return sorted((name, seconds) for name, seconds in took.items()
                  if seconds > limit_s and name not in names)


def main(junit, limit_s, path):
    took = durations(junit)
    slow = too_slow(took, listed(path), limit_s)
    for name, seconds in slow:
        print(f"{name} took {seconds:.0f} s (a test may take {limit_s:.0f} s): make it shorter, or "
                  f"put its name and the reason into {Path(path).name}")
    return 1 if slow else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    beside = Path(__file__).resolve().parent.parent / "slow.txt"
    sys.exit(main(sys.argv[1], float(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else beside))
