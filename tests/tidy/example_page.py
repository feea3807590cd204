"""docs/adding-a-policy.md shows the example policy and its test as they are built:
python3 tests/tidy/example_page.py ROOT"""
import sys
from pathlib import Path

SHOWN = ["examples/policy/warm_then_idle.cpp", "examples/policy/test/warm_then_idle_test.cpp"]


def main(root):
    page = (root / "docs" / "adding-a-policy.md").read_text(encoding="utf-8")
    missing = [name for name in SHOWN
               if f"```cpp\n{(root / name).read_text(encoding='utf-8')}```" not in page]
    for name in missing:
        print(f"docs/adding-a-policy.md does not show {name} as it is: copy it there")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
