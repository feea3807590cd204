"""What a scenario asks for: its requests, and a name for each KV block of prompt and answer."""

import json
from pathlib import Path


class Request:
    def __init__(self, number, row):
        self.number = number
        self.arrival_ps = row["arrival"] * 1_000_000  # microseconds
        self.prompt = max(1, row["input_tokens"])
        self.answer = max(1, row["output_tokens"])  # none is served as one
        self.recorded_answer = row["output_tokens"]
        self.ids = row["hash_ids"]
        self.adapter = row["adapter"]
        self.next_turn = None


class Workload:
    def __init__(self, scenario, folder):
        text = (Path(folder) / scenario["workload"]["trace"]).read_text(encoding="utf-8")
        rows = [json.loads(line) for line in text.splitlines()]
        self.requests = [Request(number, row) for number, row in enumerate(rows)]
        self.id_tokens = scenario["workload"]["mapping"]["block_tokens"]
        self.turns = 0
        if scenario["workload"].get("infer_turns"):
            self.link_turns()

    def covered(self, request):
        """Tokens of the prompt that ids stand for."""
        return min(len(request.ids) * self.id_tokens, request.prompt)

    def full_ids(self, request):
        return request.ids[:request.prompt // self.id_tokens]

    def link_turns(self):
        """docs/formats/mooncake.md: to the earlier row with the most full ids that begin the
        prompt, the latest of several, if its prompt and answer fit into it, it has no next turn
        yet, and at most half of all rows share the last of those ids."""
        users = {}
        for request in self.requests:
            for block in set(request.ids):
                users[block] = users.get(block, 0) + 1
        for request in self.requests:
            before = self.turn_before(request, users)
            if before is not None:
                before.next_turn = request
                self.turns += 1

    def turn_before(self, request, users):
        mine = self.full_ids(request)
        for depth in range(len(mine), 0, -1):
            if users[mine[depth - 1]] > len(self.requests) // 2:
                return None
            for other in reversed(self.requests[:request.number]):
                fits = other.prompt + other.recorded_answer <= request.prompt
                if other.next_turn is None and fits and self.full_ids(other) == mine[:depth]:
                    return other
        return None

    def names(self, request, size):
        """By block of `size` tokens: after the id that holds its last token, the request's own or
        that of the turn that repeats its answer; else a name that nobody else knows."""
        names = []
        for end in range(size, request.prompt + request.answer + 1, size):
            source = request
            while source is not None and end > self.covered(source):
                source = source.next_turn
            if source is None:
                names.append(("own", request.number, end))
            else:
                names.append((request.adapter, source.ids[(end - 1) // self.id_tokens], end))
        return names
