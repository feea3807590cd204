"""The SMG gateway's cache_aware policy, driven over HTTP with mock workers on the loopback.

Each mock worker holds a request until the simulation says that it has finished, so the gateway's
own in-flight counts follow ours. Nothing of the gateway is re-implemented here.
"""

import asyncio
import os
import socket
import subprocess
import sys

import aiohttp
from aiohttp import web


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class SmgRouter:
    shadow = "smg-cache-aware"
    settings = ""
    policy = "cache_aware"

    def __init__(self, hello, override):
        if override:
            raise SystemExit("the gateway takes no settings per request")
        self.workers = hello["entry_instances"]
        self.arrivals = asyncio.Queue()
        self.release = {}
        self.replies = {}

    def worker_app(self, index):
        async def generate(request):
            body = await request.json()
            gate = self.release[body["rid"]] = asyncio.Event()
            await self.arrivals.put((body["rid"], index))
            await gate.wait()
            meta = {"id": body["rid"], "finish_reason": {"type": "stop"}}
            meta.update(prompt_tokens=1, completion_tokens=1)
            return web.json_response({"text": "x", "meta_info": meta})

        async def anything(_):
            return web.json_response(
                {
                    "object": "list",
                    "data": [{"id": "mock", "object": "model"}],
                    "model_path": "mock",
                    "served_model_name": "mock",
                    "is_generation": True,
                }
            )

        app = web.Application(client_max_size=1 << 30)
        app.router.add_post("/generate", generate)
        app.router.add_route("*", "/{path:.*}", anything)
        return app

    async def start(self):
        urls = []
        for index in range(self.workers):
            runner = web.AppRunner(self.worker_app(index))
            await runner.setup()
            port = free_port()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            urls.append(f"http://127.0.0.1:{port}")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        program = os.path.join(os.path.dirname(sys.executable), "smg")
        flags = ["--policy", self.policy, "--host", "127.0.0.1", "--port", str(port)]
        flags += ["--prometheus-port", str(free_port()), "--log-level", "warn"]
        flags += ["--disable-retries", "--disable-circuit-breaker", "--disable-health-check"]
        flags += ["--max-payload-size", str(1 << 30)]
        command = [program, "launch", "--worker-urls", *urls, *flags]
        quiet = subprocess.DEVNULL
        self.gateway = subprocess.Popen(command, stdout=quiet, stderr=quiet)
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(limit=0)
        self.session = aiohttp.ClientSession(timeout=timeout, connector=connector)
        await self.wait_until_ready(urls)

    async def worker_table(self):
        async with self.session.get(self.url + "/workers") as reply:
            return (await reply.json())["workers"]

    async def wait_until_ready(self, urls):
        for _ in range(300):
            try:
                table = await self.worker_table()
                if sum(w["is_healthy"] for w in table) == len(urls):
                    return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
        raise SystemExit("the gateway never saw its workers")

    def kv(self, event):
        """cache_aware over HTTP reads no KV events."""

    async def choose(self, event, text):
        rid = str(event["request"])
        body = {"text": text, "rid": rid, "model": "mock"}
        body["sampling_params"] = {"max_new_tokens": 1}

        async def post():
            async with self.session.post(self.url + "/generate", json=body) as reply:
                if reply.status != 200:
                    raise SystemExit(f"the gateway answered {reply.status}")
                await reply.read()

        self.replies[rid] = asyncio.create_task(post())
        arrived = await asyncio.wait_for(self.arrivals.get(), 30)
        assert arrived[0] == rid
        return arrived[1]

    async def first_token(self, event):
        """The gateway counts requests until they end."""

    async def finish(self, event):
        rid = str(event["request"])
        self.release.pop(rid).set()
        await self.replies.pop(rid)
        await self.settle()

    async def settle(self):
        """The count falls just after the client has its answer."""
        for _ in range(1000):
            table = await self.worker_table()
            if sum(w["load"] for w in table) == len(self.replies):
                return
            await asyncio.sleep(0.001)
        raise SystemExit("the gateway's in-flight count does not settle")

    async def stop(self):
        for gate in self.release.values():
            gate.set()
        await asyncio.gather(*self.replies.values(), return_exceptions=True)
        await self.session.close()
        self.gateway.terminate()
