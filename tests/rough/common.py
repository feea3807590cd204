"""What the rough tests share: how deep to go, small inputs, and a guarded start of the program."""
import json
import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

# Sanitizers reserve terabytes of addresses and take their time: no limit on memory under them.
SANITIZED = os.environ.get("PIGOU_SANITIZED") == "1"
MOST_SECONDS = 60 if SANITIZED else 10
MOST_BYTES = 4 << 30


def at_depth(count, test, what):
    """`count` times PIGOU_DEPTH, noted in PIGOU_DEPTH_LOG as the other random searches do."""
    drawn = max(1, round(count * float(os.environ.get("PIGOU_DEPTH") or 1)))
    log = os.environ.get("PIGOU_DEPTH_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{test}\t{what}\t{drawn}\n")
    return drawn


def first_seed():
    return int(os.environ.get("PIGOU_FIRST_SEED") or 1)


def limit_memory():
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def start(arguments, folder, **streams):
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen(arguments, cwd=folder, stdin=subprocess.DEVNULL,
                            preexec_fn=limit_memory, **streams)


def run(arguments, folder):
    """(code, stdout, stderr); a code of None: it went on after MOST_SECONDS, deaf to Ctrl-C."""
    process = start(arguments, folder, stdout=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return None, out, err
    return process.returncode, out, err


SCENARIO = {
    "seed": 3,
    "workload": {"trace": "trace.jsonl", "format": "generic", "jitter_s": 0.5, "timeout_s": 60,
                 "mapping": {"hash_ids": "hash_ids", "block_tokens": 16}},
    "cluster": {"pools": [
        {"name": "in", "role": "prefill", "count": 2, "prefill_s_per_token": 0.0002,
         "decode_step_s": 0.01, "engine": {"kv_tokens": 100000}},
        {"name": "out", "role": "decode", "count": 2, "prefill_s_per_token": 0.0002,
         "decode_step_s": 0.01, "engine": {"kv_tokens": 100000}}]},
    "engine": {"block_size": 16, "max_num_seqs": 16, "max_num_batched_tokens": 2048},
    "network": {"bandwidth_gb_per_s": 10},
    "gateway": {"replicas": 2, "feedback_s": 0.01},
    "fleet": {"events": [{"at_s": 3, "pool": "in", "index": 0, "action": "fail"},
                         {"at_s": 6, "pool": "in", "index": 0, "action": "recover"}]},
    "signals": {"kv_event_loss": 0.1, "kv_resync": "periodic", "kv_resync_s": 0.5},
    "slo": {"ttft_s": 1, "tpot_s": 0.05},
    "output": {"timeline_s": 1},
    "router": {"name": "dynamo-kv@2026-08", "policy_config": "classes.yaml",
               "temperature": 0.5},
}

CLASSES = """\
# two queues by what is not cached
default_policy_family: chat
uncached_isl_buckets:
  - {min_tokens: 0, bucket: short}
  - {min_tokens: 256, bucket: long}
policy_classes:
  - name: chat_short
    policy_family: chat
    cache_bucket: short
    queue_policy: fcfs
    quantum: 4
  - name: chat_long
    policy_family: chat
    cache_bucket: long
    queue_policy: wspt
    quantum: 1
    prefill_busy_threshold_frac: 0.5
"""


def write_inputs(folder, requests=60):
    """A scenario whose run is short and meets most rules, and what it reads."""
    draw = random.Random(5)
    rows = []
    for row in range(requests):
        blocks = draw.randrange(1, 40)
        rows.append(json.dumps({
            "arrival_s": round(row * 0.2, 3), "input_tokens": blocks * 16,
            "output_tokens": draw.randrange(1, 30),
            "hash_ids": [draw.randrange(3) * 1000 + n if n < 8 else row * 1000 + n
                         for n in range(blocks)]}))
    (folder / "trace.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "classes.yaml").write_text(CLASSES, encoding="utf-8")
    (folder / "scenario.json").write_text(json.dumps(SCENARIO, indent=1), encoding="utf-8")
    log = [json.dumps({"arrival": n * 0.1, "prompt": f"word {n} " * 60, "output_tokens": 5})
           for n in range(20 * requests)]
    (folder / "log.jsonl").write_text("\n".join(log) + "\n", encoding="utf-8")
    (folder / "salt").write_text("not a secret but long enough", encoding="utf-8")


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def seconds_since(begin):
    return time.monotonic() - begin
