"""The comparison can fail: each fault below, planted in the model, is seen on the short set of
scenarios: python3 tests/engine_check/mutants.py --program build/step_log [NAME...]"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

# name: (file, what stands there, what stands there instead)
MUTANTS = {
    "freed first block first": ("block_pool.py", "in reversed(blocks):", "in blocks:"),
    "twin shares the first copy's name only": (
        "block_pool.py", "copies[block] = None\n", "copies.setdefault(block)\n"
        "        if len(copies) > 1:\n            del copies[block]\n            return\n"),
    "latest copy is hit": ("block_pool.py", "next(iter(copies)) if", "next(reversed(copies)) if"),
    "newest unused block is taken": ("block_pool.py", "next(iter(self.unused))",
                                     "next(reversed(self.unused))"),
    "freed in reverse of running order": ("scheduler.py", "for call, tokens in done.scheduled:",
                                          "for call, tokens in reversed(done.scheduled):"),
    "threshold ignored": ("scheduler.py", "if threshold > 0 else", "if threshold < 0 else"),
    "a whole prompt may hit": ("scheduler.py", "(call.tokens() - 1) // self.size",
                               "call.tokens() // self.size"),
    "one block too many is there": ("scheduler.py", "for block in hits)\n\n    def take_hits",
                                    "for block in hits) - 1\n\n    def take_hits"),
    "unused hits cost nothing": ("scheduler.py", "sum(block.users == 0 for", "sum(False for"),
    "preempts the first": ("scheduler.py", "victim = self.running.pop()",
                           "victim = self.running.pop(0)"),
    "preempted to the back": ("scheduler.py", "self.waiting.insert(0, call)",
                              "self.waiting.append(call)"),
    "admits after a preemption": ("scheduler.py", "if len(done.preempted) == preempted_before:",
                                  "if True:"),
    "passes over who does not fit": ("scheduler.py", "if tokens == 0:\n                    return",
                                     "if tokens == 0:\n                    continue"),
    "first chunk is enough": ("scheduler.py", "call.tokens() if whole else",
                              "call.tokens() if 0 else"),
    "a seat too many": ("scheduler.py", '== self.engine["max_num_seqs"]',
                        '> self.engine["max_num_seqs"]'),
    "named when the step has ended": (
        "scheduler.py", "self.name_full_blocks(call, call.computed + tokens)\n        done",
        "self.name_full_blocks(call, call.computed)\n        done"),
    "waits before it is ready": ("scheduler.py", "(self.ready, self.waiting)",
                                 "(self.waiting, self.ready)"),
    "moves hits too": ("scheduler.py", "call.remote_tokens - len(hits) * self.size",
                       "call.remote_tokens"),
    "KV of the last token comes too": ("scheduler.py", "call.computed = call.tokens() - 1\n",
                                       "call.computed = call.tokens()\n"),
    "sender's link is never busy": ("cluster.py", "max(self.now, sender.out_free, ",
                                    "max(self.now, "),
    "prefill side lets go at once": ("cluster.py", "call.pins = split and",
                                     "call.pins = False and"),
    "adapters do not count": ("scheduler.py", "len(in_use) < most", "True"),
}


def plant(name, folder):
    file, old, new = MUTANTS[name]
    for source in HERE.glob("*.py"):
        shutil.copy(source, folder)
    text = (folder / file).read_text(encoding="utf-8")
    if text.count(old) != 1:
        sys.exit(f"mutant '{name}': its place is there {text.count(old)} times in {file}")
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def seen(name, program):
    with tempfile.TemporaryDirectory() as folder:
        plant(name, Path(folder))
        environment = {key: value for key, value in os.environ.items() if key[:6] != "PIGOU_"}
        for kind in ("aggregated", "split"):
            command = [sys.executable, f"{folder}/check.py", "--program", program, "--kind", kind,
                       "--whole"]
            ran = subprocess.run(command, env=environment, capture_output=True, text=True)
            if "the simulator differs from the model" in ran.stdout:
                return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":", maxsplit=1)[0])
    parser.add_argument("--program", required=True, help="step_log of a build")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these only")
    options = parser.parse_args()
    program = str(Path(options.program).resolve())
    names = options.names or list(MUTANTS)
    missed = [name for name in names if not seen(name, program)]
    for name in missed:
        print(f"not seen: {name}")
    print(f"{len(names) - len(missed)} of {len(names)} mutants seen")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
