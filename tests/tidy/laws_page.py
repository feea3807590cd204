"""docs/laws.md and the tests name each other: python3 tests/tidy/laws_page.py [ROOT]

Every law of the page is numbered in order and names a test that exists; every test it names exists;
every law that a test's name or a run-time check mentions is on the page, and the page names every
test that carries a law's number. Prints one line per breach and exits 1 if there are any.
"""

import re
import sys
from pathlib import Path


def laws(page):
    """(number, text) of every law of the page."""
    parts = re.split(r"^## (\d+)\. ", page, flags=re.MULTILINE)
    return [(int(number), text) for number, text in zip(parts[1::2], parts[2::2])]


def existing_tests(root):
    """"Suite.Name" of every Google Test under tests/."""
    return {f"{suite}.{name}" for path in (root / "tests").rglob("*.cpp")
            for suite, name in re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)",
                                          path.read_text(encoding="utf-8"), re.MULTILINE)}


def checks_at_run_time(root):
    """Numbers of the laws that src/ checks while it runs."""
    return {int(number) for path in (root / "src").rglob("*.cpp")
            for number in re.findall(r'"law (\d+):', path.read_text(encoding="utf-8"))}


def breaches(page, tests, checked):
    found = laws(page)
    numbers = [number for number, _ in found]
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        yield f"the laws are numbered {numbers} (one number per law, in order): renumber the page"
    for number, text in found:
        named = set(re.findall(r"`(\w+\.\w+)`", text.split("*Tests:*")[-1]))
        if "*Tests:*" not in text or not named & tests:
            yield f"law {number} names no test that exists: name one after *Tests:*"
        for name in sorted(named - tests):
            if not name.endswith((".py", ".h5", ".md")):
                yield f"law {number} names {name}, which is no test: correct the page"
    for name in sorted(tests):
        for number in re.findall(r"(?:Law|And)(\d\d)", name.split(".")[1]):
            if int(number) not in numbers:
                yield f"{name} tests law {int(number)}, which is not on the page: add it"
            elif f"`{name}`" not in page:
                yield f"{name} is not on the page: name it under law {int(number)}"
    for number in sorted(checked - set(numbers)):
        yield f"src/ checks law {number}, which is not on the page: add it"


def main(root):
    page = (root / "docs" / "laws.md").read_text(encoding="utf-8")
    found = list(breaches(page, existing_tests(root), checks_at_run_time(root)))
    for message in found:
        print(f"docs/laws.md: {message}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
