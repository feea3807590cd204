"""The house rules, as a test: python3 tests/tidy/house_rules.py [ROOT]

Prints one line per breach, "file:line: what (why): what would be right", and exits 1 if there are
any. The table of rooms is the one in docs/architecture.md.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

# Which rooms a room may include besides itself. Data flows one way, left to right.
ROOMS = {
    "kernels": set(),
    "core": set(),
    "io": {"core"},
    "trace": {"core", "io"},
    "workload": {"core", "io", "trace"},
    "model": {"core", "io"},
    "cluster": {"core", "trace", "workload", "model"},
    "view": {"core", "trace", "workload", "model", "cluster", "kernels"},
    "scoring": {"core", "kernels"},
    "routing": {"core", "model", "scoring", "kernels", "view"},
    "control": {"core", "model", "scoring", "kernels", "view"},
    "simulation": {"core", "io", "trace", "workload", "model", "cluster", "view", "routing",
                   "control", "scoring", "kernels"},
}
ROOMS["game"] = set(ROOMS)
ROOMS["scenario"] = set(ROOMS)
for left, room in [("scenario", "study"), ("study", "output"), ("output", "cli")]:
    ROOMS[room] = ROOMS[left] | {left}

# The sub-rooms of a room, left to right too: what is common before what uses it. Those on one line
# are families, which never include each other. What lies in the room itself is open to all of them
# and may use any.
SUB_ROOMS = {
    "trace": [["parse"], ["hashing"], ["statistics"], ["synthesis"], ["formats"]],
    "cluster": [["cache"], ["links"], ["engine"]],
    "view": [["books"], ["beliefs"], ["gauges"]],
    "scoring": [["cuda"]],
    "routing": [["parts"], ["classic", "dynamo", "llm_d", "dualmap", "gateways"]],
    "simulation": [["record"], ["handlers"]],
    "game": [["assignment"], ["index", "windows", "bounds", "textbook", "knee"]],
    "study": [["statistics"], ["executor"], ["capacity"], ["knee"], ["poa"]],
    "output": [["text"], ["run"], ["compare", "sweep", "capacity", "explain", "knee", "poa"]],
    "cli": [["commands", "trace"]],
}
FOLDER_FILES_MAX = 40

COLUMNS_MAX = 100
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LAUNCHER_LINES_MAX = 60
# Words that mark unfinished work; finish it or open an issue.
# Split here, so that this file keeps its own rule.
MARKS = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
BANNED = re.compile(r"\b(" + "|".join(MARKS) + r")\b")
# A ratchet: functions that were longer when the rule came. None may join; take names out as they
# shrink. Entries are "path:first line of the function's head".
LONG_FUNCTIONS = set()

# GCC drops calls of functions that do nothing else; load_ahead() has what keeps it from that.
PREFETCH = "__builtin_" + "prefetch"
PREFETCH_PLACE = Path("src/core/load_ahead.hpp")

CODE = {".cpp", ".hpp", ".cu"}
TEXT = CODE | {".py", ".cmake", ".sh", ".md", ".txt", ""}
# Text that is not ours to wrap: the licence, and Markdown, whose tables and links need the width.
WIDE = {".md"}


def tracked_files(root):
    """Files git knows or would add; without git, every file outside build folders."""
    try:
        listing = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"],
            check=True, capture_output=True, text=True).stdout.split("\n")
        return sorted({root / name for name in listing if name and (root / name).is_file()})
    except (OSError, subprocess.CalledProcessError):
        top = ("src", "kernels", "include", "tests", "bench", "scripts", "cmake", ".ci")
        return sorted(path for name in top for path in (root / name).rglob("*") if path.is_file())


def room_of(relative):
    """The room a file belongs to, or None for files outside the house."""
    parts = relative.parts
    if parts[0] == "kernels":
        return "kernels"
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def include_breaches(relative, lines):
    """Includes that point right, or at no room at all."""
    room = room_of(relative)
    if room is None:
        return
    if room not in ROOMS:
        yield 1, f"'{room}' is no room (docs/architecture.md): put the file in one that is"
        return
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not match:
            continue
        target = match.group(1).split("/")[0] if "/" in match.group(1) else None
        if target == "pigou" or match.group(1) == "pigou_revision.hpp":
            continue
        if target not in ROOMS:
            yield number, f'include "{match.group(1)}" names no room: write "room/file.hpp"'
        elif target != room and target not in ROOMS[room]:
            allowed = ", ".join(sorted(ROOMS[room])) or "nothing but itself"
            yield number, f"{room} includes {target} (it may include {allowed}): move the code"
        elif target == room and (why := sub_room_breach(relative, Path(match.group(1)))):
            yield number, f'include "{match.group(1)}" {why}: move the code'


def layer_of(room, sub_room):
    """The place of a sub-room among those of its room; None where it has none."""
    layers = SUB_ROOMS.get(room, [])
    return next((n for n, layer in enumerate(layers) if sub_room in layer), None)


def sub_room_breach(relative, target):
    """Why a file may not include another one of its room; None where it may."""
    room = room_of(relative)
    own, other = (path.parts[skip:-1] for path, skip in ((relative, 2), (target, 1)))
    if not own or not other or own == other:
        return None
    if own[0] == other[0]:  # below one sub-room: upwards only
        return None if own[:len(other)] == other else "is another family"
    if layer_of(room, own[0]) is None or layer_of(room, other[0]) is None:
        return None  # said once of the file itself
    if layer_of(room, other[0]) < layer_of(room, own[0]):
        return None
    families = layer_of(room, other[0]) == layer_of(room, own[0])
    return "is another family" if families else f"points right ({other[0]} comes after {own[0]})"


def place_breaches(relative):
    """Sub-rooms nobody drew, and names that say the folder's name again."""
    room = room_of(relative)
    if room is None or relative.suffix not in CODE:
        return
    folders = relative.parts[2:-1] if relative.parts[0] == "src" else ()
    if folders and layer_of(room, folders[0]) is None:
        yield 1, f"'{folders[0]}' is no sub-room of {room} (docs/architecture.md): draw it there"
    if relative.stem.startswith(f"{relative.parent.name}_"):
        yield 1, f"its name begins with its folder's ({relative.parent.name}_): leave that out"


def folder_breaches(files):
    """Folders of src with more files than a reader takes in at a glance."""
    counts = Counter(path.parent for path in files if path.parts[0] == "src")
    for folder, count in sorted(counts.items()):
        if count > FOLDER_FILES_MAX:
            yield f"{folder}: {count} files (at most {FOLDER_FILES_MAX}): draw sub-rooms"


def code_only(lines):
    """Lines with comments, strings and character constants blanked, so that braces count."""
    text = "\n".join(lines)
    pattern = re.compile(
        r'R"([^()\\ ]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
        r"|//[^\n]*|/\*.*?\*/", re.DOTALL)
    return pattern.sub(lambda m: "\n" * m.group(0).count("\n"), text).split("\n")


NOT_FUNCTION = re.compile(
    r"^\s*(?:inline\s+)?(?:namespace|class|struct|enum|union|extern)\b|=\s*$|^\s*#")


def functions(lines):
    """(first line, last line) of every function body that is not inside another one."""
    depth_of_scopes = []  # True: a scope that may hold functions (namespace, class)
    head_first, head = 1, ""
    start = None
    for number, line in enumerate(code_only(lines), 1):
        if line.lstrip().startswith("#"):
            continue
        for char in line:
            if char == "{":
                holder = start is None and ("(" not in head or bool(NOT_FUNCTION.search(head)))
                if start is None and not holder:
                    start = (len(depth_of_scopes), head_first)
                depth_of_scopes.append(holder)
                head = ""
            elif char == "}":
                if depth_of_scopes:
                    depth_of_scopes.pop()
                if start is not None and len(depth_of_scopes) == start[0]:
                    yield start[1], number
                    start = None
                head = ""
            elif char == ";" and start is None and head.count("(") == head.count(")"):
                head = ""
            else:
                if not head.strip():
                    head_first, head = number, ""
                head += char
        if head:
            head += "\n"


def size_breaches(relative, lines):
    """Files, launchers, functions and lines that are too long."""
    if relative.suffix in CODE and len(lines) > FILE_LINES_MAX:
        yield FILE_LINES_MAX, f"{len(lines)} lines (at most {FILE_LINES_MAX}): one idea a file"
    if relative.suffix == ".cu" and len(lines) > LAUNCHER_LINES_MAX:
        yield 1, f"{len(lines)} lines (at most {LAUNCHER_LINES_MAX}): bodies belong in *_body.hpp"
    if relative.suffix not in CODE:
        return
    for first, last in functions(lines):
        if last - first + 1 > FUNCTION_LINES_MAX and f"{relative}:{first}" not in LONG_FUNCTIONS:
            yield first, (f"a function of {last - first + 1} lines (at most "
                          f"{FUNCTION_LINES_MAX}): split it")


def line_breaches(relative, lines):
    """Columns, trailing blanks, tabs, marks of unfinished work, bare prefetches."""
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and relative.suffix not in WIDE:
            yield number, f"{len(line)} columns (at most {COLUMNS_MAX}): wrap it"
        if line != line.rstrip():
            yield number, "blanks at the end of the line: remove them"
        if "\t" in line:
            yield number, "a tab: indent with spaces"
        if BANNED.search(line):
            yield number, f"'{BANNED.search(line).group(0)}' (unfinished work): finish it"
        if PREFETCH in line and relative != PREFETCH_PLACE:
            yield number, f"{PREFETCH} (the compiler may drop it): call load_ahead"


def breaches(relative, text):
    """(line, message) of every breach in one file."""
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    yield from place_breaches(relative)
    yield from include_breaches(relative, lines)
    yield from size_breaches(relative, lines)
    yield from line_breaches(relative, lines)


def main(root):
    files = tracked_files(root)
    folders = list(folder_breaches([path.relative_to(root) for path in files]))
    print("\n".join(folders), end="\n" if folders else "")
    found = len(folders)
    for path in files:
        relative = path.relative_to(root)
        if path.suffix not in TEXT or relative.name == "LICENSE":
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, message in breaches(relative, text):
            print(f"{relative}:{number}: {message}")
            found += 1
    if found:
        print(f"{found} breaches of the house rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
