"""Talks to `pigou follow`: events in, routing answers out."""

import json
import subprocess


class Follow:
    """Iterates over the events of one followed simulation; `answer` replies to a decision."""

    def __init__(self, program, arguments):
        command = [program, "follow", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.hello = json.loads(self.process.stdout.readline() or "null")
        if self.hello is None:
            raise SystemExit(f"{' '.join(command)} failed")

    def __iter__(self):
        for line in self.process.stdout:
            yield json.loads(line)
        if self.process.wait() != 0:
            raise SystemExit("pigou follow failed, see above")

    def answer(self, instance):
        self.process.stdin.write(json.dumps({"instance": instance}).encode() + b"\n")
        self.process.stdin.flush()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Prompts:
    """Token ids of prompts, made from block ids: equal blocks give equal tokens, others none."""

    def __init__(self, hello):
        self.block = hello["trace_block_tokens"]

    def tokens(self, event):
        """All tokens of the prompt; what no block covers is private to the request."""
        wanted = event["input_tokens"]
        ids = []
        for block in event["blocks"]:
            first = block * self.block
            ids.extend(range(first, first + self.block))
        del ids[wanted:]
        private = 2**31 - 1 - event["request"] % 2**20
        ids.extend([private] * (wanted - len(ids)))
        return ids

    def text(self, event):
        """One character per token; the first of a block differs from that of any other block."""
        wanted = event["input_tokens"]
        parts = [chr(0x10000 + block) + "x" * (self.block - 1) for block in event["blocks"]]
        text = "".join(parts)[:wanted]
        if len(text) < wanted:
            text += chr(0xE000 + event["request"] % 6000) + "y" * (wanted - len(text) - 1)
        return text
