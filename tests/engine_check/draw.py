"""Random scenarios from a seed: small caches, shared beginnings, repeated prompts, turns that come
early, little budgets. Everything else about them is what a user could write."""

import random

IDS_OF_A_DOCUMENT = 1_000_000


class Documents:
    """Texts that prompts are beginnings of. Some branch off another one; ids are chained."""

    def __init__(self, rng, id_tokens, longest, branches):
        self.id_tokens = id_tokens
        ids = -(-longest // id_tokens) + 1
        self.texts = []
        for number in range(rng.randint(1, 6)):
            text = [number * IDS_OF_A_DOCUMENT + place for place in range(ids)]
            if self.texts and branches and rng.random() < 0.6:
                shared = rng.randint(0, ids - 1)
                text[:shared] = rng.choice(self.texts)[:shared]
            self.texts.append(text)

    def ids(self, document, prompt, whole_only):
        ids = prompt // self.id_tokens if whole_only else -(-prompt // self.id_tokens)
        return self.texts[document][:ids]


def draw_prompt(rng, documents, rows, longest, turns):
    """(document, tokens): new, repeated, or (with `turns`) on from where an answer ended."""
    before = rng.choice(rows[-6:] if turns else rows) if rows else None
    if before and rng.random() < (0.15 if turns else 0.35):
        return before["document"], before["input_tokens"]
    if before and turns and rng.random() < 0.8:
        tokens = before["input_tokens"] + before["output_tokens"] + rng.randint(0, 40)
        if tokens <= longest:
            return before["document"], tokens
    document = rng.randrange(len(documents.texts))
    tokens = rng.randint(1, longest // 3 if turns else longest)
    return document, tokens - (tokens % documents.id_tokens if rng.random() < 0.3 else 0)


def draw_rows(rng, documents, longest, most_out, grid_us, turns, whole_only):
    rows = []
    arrival = 0
    gap = rng.choice([0.3, 2, 10, 30])
    for _ in range(rng.randint(5, 45)):
        document, prompt = draw_prompt(rng, documents, rows, longest, turns)
        answer = rng.choice([1, rng.randint(0, most_out), rng.randint(most_out // 2, most_out)])
        arrival += rng.choice([0, 0, 1]) * int(rng.expovariate(1 / gap)) * grid_us
        rows.append({"arrival": arrival, "input_tokens": prompt, "output_tokens": answer,
                     "hash_ids": documents.ids(document, prompt, whole_only),
                     "adapter": "", "document": document})
    return rows


def draw_step_time(rng, pool):
    if rng.random() < 0.5:
        pool["step_s"] = rng.choice([0.001, 0.004, 0.0123])
        return
    pool["prefill_s_per_token"] = rng.choice([1e-5, 1e-4])
    pool["decode_step_s"] = rng.choice([0.001, 0.005])
    if rng.random() < 0.5:
        pool["cached_s_per_token"] = rng.choice([1e-6, 1e-5])


def draw_engine(rng, size, longest, most_out):
    fits = -(-(longest + most_out) // size)
    seats = rng.choice([1, 2, 3, 5, 8, 16])
    engine = {
        "block_size": size,
        "kv_tokens": size * (fits + rng.choice([0, 1, 2, 5, fits // 2, fits, 3 * fits])),
        "max_num_seqs": seats,
        "max_num_batched_tokens": max(seats, rng.choice([16, 24, 40, 64, 100, 256, 1024])),
        "max_model_len": rng.choice([100_000, 100_000, longest]),
        "long_prefill_token_threshold": rng.choice([0, 0, 0, 5, 16, 37, 64]),
        "enable_prefix_caching": rng.random() < 0.95,
        "enable_chunked_prefill": True,
        "scheduler_reserve_full_isl": rng.random() < 0.6,
    }
    if rng.random() < 0.15:
        engine["enable_chunked_prefill"] = False
        engine["long_prefill_token_threshold"] = rng.choice([0, 5, 16, 37])
        engine["max_model_len"] = longest + most_out
        engine["max_num_batched_tokens"] = longest + most_out + rng.randint(0, 50)
    return engine


def draw_pools(rng, kind, size, longest, most_out):
    roles = ["aggregated"] if kind == "aggregated" else ["prefill", "decode"]
    pools = []
    for role in roles:
        pool = {"role": role, "count": rng.choice([1, 1, 2, 3]), "gpu": "h100",
                "model": "llama-3.1-8b",
                "engine": draw_engine(rng, size, longest, most_out)}
        draw_step_time(rng, pool)
        pools.append(pool)
    return pools


def draw_adapters(rng, rows, pools):
    names = ["", "red", "green", "blue"][:rng.randint(2, 4)]
    for row in rows:
        row["adapter"] = rng.choice(names)
    for pool in pools:
        if rng.random() < 0.7:
            pool["engine"]["max_loras"] = rng.randint(1, 2)


def draw_scenario(seed, kind):
    """(scenario, rows of its trace)."""
    rng = random.Random(f"{kind} {seed}")
    size = rng.choice([16, 16, 16, 32, 64])
    id_tokens = rng.choice([n for n in (16, 32, 64, 128) if n % size == 0 or size % n == 0])
    turns = rng.random() < 0.5
    longest = rng.choice([150, 400] if turns else [60, 150, 400])
    most_out = rng.choice([20, 60, 100] if turns else [3, 20, 60])
    whole_only = rng.random() < 0.5
    # A turn that is linked says what follows a partial block, so nothing else may.
    documents = Documents(rng, id_tokens, longest, branches=whole_only or not turns)
    grid_us = rng.choice([500, 1000, 1000, 777])
    rows = draw_rows(rng, documents, longest, most_out, grid_us, turns, whole_only)
    pools = draw_pools(rng, kind, size, longest, most_out)
    if not turns and rng.random() < 0.25:
        draw_adapters(rng, rows, pools)
    first = rows[0]["arrival"]
    for row in rows:
        row["arrival"] -= first  # times of a trace begin with its first row
        del row["document"]
    workload = {"trace": "trace.jsonl", "format": "generic", "infer_turns": turns,
                "mapping": {"arrival": "arrival", "arrival_unit": "us",
                            "input_tokens": "input_tokens", "output_tokens": "output_tokens",
                            "hash_ids": "hash_ids", "block_tokens": id_tokens}}
    if kind == "aggregated" and rng.random() < 0.3:
        workload["timeout_s"] = rng.choice([0.003, 0.02, 0.1, 0.3])
    scenario = {"workload": workload, "cluster": {"pools": pools},
                "network": {"bandwidth_gb_per_s": rng.choice([0.5, 5, 100]),
                            "latency_s": rng.choice([0, 0.0004, 0.003])},
                "router": {"name": "round-robin"}}
    if kind == "split":
        scenario["pd"] = {"first_token": rng.choice(["decode", "decode", "prefill"])}
    return scenario, rows
