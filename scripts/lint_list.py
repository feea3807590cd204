"""Which sources to lint: python3 scripts/lint_list.py [--all | --since COMMIT]

Prints the sources of src/ that differ from the last commit that was linted whole (.ci/linted, or
COMMIT), and those that include a file that differs, directly or not. All of them where that commit
is unknown here (a clone without history), or where what decides about lint has changed.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINTED = ROOT / ".ci" / "linted"
# Not in the debug build that lint reads the compile commands of: it has no CUDA.
LEFT_OUT = {"src/scoring/cuda/backend.cpp"}
DECIDES = re.compile(r"\.clang-tidy$|^CMakeLists\.txt$|^CMakePresets\.json$"
                     r"|^cmake/(options|house)\.cmake$")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def git(*words):
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)
    return done.stdout.split("\n") if done.returncode == 0 else None


def changed_since(commit):
    """Paths that differ from the commit, new and uncommitted ones too; None: it is unknown."""
    differing = git("diff", "--name-only", commit, "--") if commit else None
    if differing is None:
        return None
    fresh = git("ls-files", "-o", "--exclude-standard") or []
    return {path for path in differing + fresh if path}


def included_by(text, path):
    """Paths below the root that the text of `path` includes."""
    for name in INCLUDE.findall(text):
        for folder in ("src", ".", "include", str(Path(path).parent)):
            found = Path(folder) / name
            if (ROOT / found).is_file():
                yield found.as_posix()
                break


def users_of(changed, files):
    """`changed` and all of `files` that reach one of them by includes."""
    users = {}
    for path in files:
        for target in included_by((ROOT / path).read_text(encoding="utf-8"), path):
            users.setdefault(target, set()).add(path)
    reached, left = set(changed), list(changed)
    while left:
        for user in users.get(left.pop(), ()):
            if user not in reached:
                reached.add(user)
                left.append(user)
    return reached


def lint_list(changed, files):
    """The sources to lint, of the tracked `files`; `changed` is None where nothing is known."""
    sources = [path for path in files
               if path.startswith("src/") and path.endswith(".cpp") and path not in LEFT_OUT]
    if changed is None or any(DECIDES.search(path) for path in changed):
        return sources
    reached = users_of(changed, files)
    return [path for path in sources if path in reached]


def main(arguments):
    everything = arguments[:1] == ["--all"]
    commit = arguments[1] if arguments[:1] == ["--since"] else None
    if commit is None and LINTED.is_file():
        commit = LINTED.read_text().strip()
    files = [path for path in git("ls-files", "-co", "--exclude-standard") or []
             if path.endswith((".cpp", ".hpp")) and (ROOT / path).is_file()]
    changed = None if everything else changed_since(commit)
    for path in lint_list(changed, sorted(set(files))):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
