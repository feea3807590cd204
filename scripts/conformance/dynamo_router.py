"""NVIDIA Dynamo's KV router, driven in process: ai-dynamo-runtime's SelectionService.

Workers are catalogue entries whose KV events we publish over ZMQ on the loopback interface, in
vLLM's format; bookings, first tokens and ends go through the service's own calls. Nothing of the
router is re-implemented here.
"""

import asyncio
import struct
import time

import msgpack
import zmq
from dynamo._core import SelectionService

MODEL = "conformance"
PATIENCE_S = 20


class DynamoRouter:
    shadow = "dynamo-kv@2026-08"
    settings = "kv_event_latency_s=0"

    def __init__(self, hello, override):
        self.override = {key: float(value) for key, value in override.items()}
        self.block = hello["block_tokens"]
        self.workers = hello["entry_instances"]
        self.hello = hello
        self.sockets, self.sequence = [], [0] * self.workers
        self.segments = {}  # segment -> (tokens of its blocks, hash of the block before it)
        self.held = {}  # (instance, segment) -> blocks published
        self.settled = [None] * self.workers  # last publication, to wait for

    async def start(self):
        self.service = SelectionService()
        context = zmq.Context()
        for worker in range(self.workers):
            socket = context.socket(zmq.PUB)
            socket.set_hwm(0)
            port = socket.bind_to_random_port("tcp://127.0.0.1")
            self.sockets.append(socket)
            await self.service.upsert_worker(
                {
                    "worker_id": worker,
                    "model_name": MODEL,
                    "endpoint": f"http://worker-{worker}",
                    "block_size": self.block,
                    "max_num_batched_tokens": self.hello["max_num_batched_tokens"],
                    "total_kv_blocks": self.hello["kv_blocks"],
                    "data_parallel_start_rank": 0,
                    "data_parallel_size": 1,
                    "kv_events_endpoints": {0: f"tcp://127.0.0.1:{port}"},
                }
            )
        await self.wait_until_subscribed()

    async def wait_until_subscribed(self):
        """A subscriber misses what was sent before it joined: probe until every worker answers."""
        for worker in range(self.workers):
            tokens = [2**31 - 2 - worker] * self.block
            for _ in range(200):
                self.publish(worker, ["BlockStored", [worker + 1], None, tokens, self.block, None])
                await asyncio.sleep(0.02)
                if (await self.overlaps(tokens))[worker] > 0:
                    break
            else:
                raise SystemExit(f"worker {worker} never saw its own KV events")
            self.publish(worker, ["BlockRemoved", [worker + 1]])

    def publish(self, worker, event):
        payload = msgpack.packb([time.time(), [event], 0])
        self.sockets[worker].send_multipart(
            [b"", struct.pack(">Q", self.sequence[worker]), payload]
        )
        self.sequence[worker] += 1

    async def overlaps(self, tokens):
        scores = await self.service.overlap_scores({"model_name": MODEL, "token_ids": tokens})
        blocks = [0] * self.workers
        for worker in scores["workers"]:
            blocks[worker["worker_id"]] = worker["device_blocks"]
        return blocks

    @staticmethod
    def name(segment, block):
        return (segment << 24) + block + 1_000_000

    def learn(self, event, tokens):
        """Which tokens each segment of this prompt's path stands for."""
        first, parent = 0, None
        for segment, blocks in event.get("segments", []):
            if segment not in self.segments:
                end = first + blocks * self.block
                self.segments[segment] = (tokens[first:end], parent)
            first += blocks * self.block
            if blocks:
                parent = self.name(segment, blocks - 1)

    def kv(self, event):
        segment, instance, held = event["segment"], event["instance"], event["held"]
        if segment not in self.segments:
            return
        before = self.held.get((instance, segment), 0)
        tokens, parent = self.segments[segment]
        if held > before:
            if before:
                parent = self.name(segment, before - 1)
            names = [self.name(segment, b) for b in range(before, held)]
            fresh = tokens[before * self.block : held * self.block]
            self.publish(instance, ["BlockStored", names, parent, fresh, self.block, None])
        elif held < before:
            names = [self.name(segment, b) for b in range(held, before)]
            self.publish(instance, ["BlockRemoved", names])
        self.held[(instance, segment)] = held

    def believed(self, event):
        """Leading blocks of the prompt that the events published so far say each worker holds."""
        counts = [0] * self.workers
        for worker in range(self.workers):
            for segment, blocks in event.get("segments", []):
                held = self.held.get((worker, segment), 0)
                counts[worker] += min(held, blocks)
                if held < blocks:
                    break
        return counts

    async def choose(self, event, tokens):
        self.learn(event, tokens)
        await self.settle(event, tokens)
        question = {"model_name": MODEL, "token_ids": tokens, "selection_id": str(event["request"])}
        if self.override:
            question["router_config_override"] = self.override
        answer = await self.service.select_and_reserve(question)
        return answer["worker_id"]

    async def settle(self, event, tokens):
        """Events travel asynchronously; a choice before they arrive would compare two states."""
        expected = self.believed(event)
        deadline = time.time() + PATIENCE_S
        seen = await self.overlaps(tokens)
        while seen != expected:
            if time.time() > deadline:
                raise SystemExit(
                    f"request {event['request']}: Dynamo believes {seen}, events say {expected}"
                )
            await asyncio.sleep(0.001)
            seen = await self.overlaps(tokens)

    async def first_token(self, event):
        await self.service.prefill_complete(str(event["request"]))

    async def finish(self, event):
        await self.service.free_reservation(str(event["request"]))

    async def stop(self):
        self.service.shutdown()
