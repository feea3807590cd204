"""A cluster of engines under round robin: arrivals, hand-offs, links and steps in order of time.

Yields what tests/engine_check/step_log.cpp prints of the simulator."""

from scheduler import Call, Scheduler

# What happens at one instant, in this order; within a kind by instance, or in order of arrival.
STEP_END, TRANSFER_END, TIMEOUT, HAND_OFF, ARRIVAL, STEP_START, NEVER = range(7)

KV_BYTES_PER_TOKEN = 131_072  # llama-3.1-8b: 2 x 32 layers x 8 heads x 128 x 2 bytes


def picoseconds(seconds):
    return round(seconds * 1e12)


class Instance:
    def __init__(self, number, pool):
        self.number = number
        self.pool = pool
        engine = pool["engine"]
        self.scheduler = Scheduler(engine, engine["kv_tokens"] // engine["block_size"])
        self.step = None      # the pass under way
        self.record = None
        self.step_end = None
        self.look = False     # something has changed: the scheduler runs as soon as it is free
        self.arriving = []    # (time, call): KV on its way here
        self.out_free = self.in_free = 0

    def rejects(self, prompt, answer):
        engine = self.pool["engine"]
        blocks = engine["kv_tokens"] // engine["block_size"]
        tokens = prompt + answer
        return tokens > engine["max_model_len"] or -(-tokens // engine["block_size"]) > blocks

    def step_ps(self, scheduled):
        """Constant, or so much per token and cached token of a prompt, and once for decoding: one
        token after the prompt, or after one that was computed elsewhere."""
        if "step_s" in self.pool:
            return picoseconds(self.pool["step_s"])
        decode = picoseconds(self.pool["decode_step_s"])
        prompts = [(call, tokens) for call, tokens in scheduled
                   if tokens > 1 or (call.computed < call.prompt and not call.has_kv)]
        if not prompts:
            return decode
        cached = picoseconds(self.pool.get("cached_s_per_token", 0))
        ps = picoseconds(self.pool["prefill_s_per_token"]) * sum(n for _, n in scheduled)
        ps += cached * sum(call.computed for call, _ in prompts)
        return ps + (decode if len(prompts) < len(scheduled) else 0)


class Cluster:
    def __init__(self, scenario, workload):
        self.scenario = scenario
        self.workload = workload
        pools = scenario["cluster"]["pools"]
        self.instances = []
        for pool in sorted(pools, key=lambda pool: pool.get("role") == "decode"):
            for _ in range(pool["count"]):
                self.instances.append(Instance(len(self.instances), pool))
        self.decoders = [i for i in self.instances if i.pool.get("role") == "decode"]
        self.entries = [i for i in self.instances if i not in self.decoders]
        self.first_from_prefill = scenario.get("pd", {}).get("first_token") == "prefill"
        timeout_s = scenario["workload"].get("timeout_s", 0)
        self.timeout_ps = picoseconds(timeout_s) if timeout_s else None
        self.adapters = {"": 0}
        self.log = []
        self.same_answers_at = None  # step from which Pigou need not agree: docs/engine-check.md
        self.now = 0
        self.next_arrival = 0
        self.placed = 0
        self.hand_offs = []    # requests whose prefill has just ended
        self.timeouts = []     # (time, request)
        self.calls = {}        # request: its call that is not done, by request
        self.homes = {}        # request: (prefill instance, decode instance)
        self.pinned = {}       # request: its prefill call
        self.finished = self.timed_out = 0

    # The loop.

    def run(self):
        while True:
            time, kind, place = min(self.upcoming())
            if kind == NEVER:
                return self.log
            self.now = time
            self.handle(kind, place)

    def upcoming(self):
        yield float("inf"), NEVER, 0
        for i in self.instances:
            if i.step_end is not None:
                yield i.step_end, STEP_END, i.number
            elif i.look:
                yield self.now, STEP_START, i.number
            if i.arriving:
                yield i.arriving[0][0], TRANSFER_END, i.number
        if self.timeouts:
            yield self.timeouts[0][0], TIMEOUT, 0
        if self.hand_offs:
            yield self.now, HAND_OFF, 0
        if self.next_arrival < len(self.workload.requests):
            yield self.workload.requests[self.next_arrival].arrival_ps, ARRIVAL, 0

    def handle(self, kind, place):
        if kind == STEP_END:
            self.end_step(self.instances[place])
        elif kind == TRANSFER_END:
            self.end_transfer(self.instances[place])
        elif kind == TIMEOUT:
            self.time_out(self.timeouts.pop(0)[1])
        elif kind == HAND_OFF:
            self.hand_off(self.hand_offs.pop(0))
        elif kind == ARRIVAL:
            self.next_arrival += 1
            self.arrive(self.workload.requests[self.next_arrival - 1])
        else:
            self.start_step(self.instances[place])

    # Requests.

    def arrive(self, request):
        split = bool(self.decoders)
        prefill_answer = 1 if split else request.answer
        served = [not i.rejects(request.prompt, prefill_answer) for i in self.entries]
        decoded = [not i.rejects(request.prompt, request.answer) for i in self.decoders] or [True]
        if not (any(served) and any(decoded)):
            return
        if self.timeout_ps is not None:
            self.timeouts.append((self.now + self.timeout_ps, request))
        entry = self.entries[self.placed % len(self.entries)]
        decoder = self.decoders[self.placed % len(self.decoders)] if split else None
        self.placed += 1
        self.homes[request.number] = entry, decoder
        call = self.make_call(request, entry, 1 if split else request.answer)
        call.pins = split and not (self.first_from_prefill and request.answer == 1)
        self.enqueue(entry, call)

    def make_call(self, request, instance, wanted, **more):
        size = instance.pool["engine"]["block_size"]
        adapter = self.adapters.setdefault(request.adapter, len(self.adapters))
        call = Call(request, self.workload.names(request, size), request.prompt, wanted,
                    adapter=adapter, **more)
        self.calls[request.number] = instance, call
        return call

    def enqueue(self, instance, call):
        instance.scheduler.add(call)
        instance.look = True

    def hand_off(self, request):
        decoder = self.homes[request.number][1]
        call = self.make_call(request, decoder, request.answer,
                              made=1 if self.first_from_prefill else 0,
                              remote_tokens=request.prompt)
        self.enqueue(decoder, call)

    def time_out(self, request):
        if request.number in self.calls:
            instance, call = self.calls.pop(request.number)
            self.timed_out += 1
            instance.scheduler.give_up(call)
            instance.look = True

    # Steps.

    def start_step(self, instance):
        instance.look = False
        scheduler = instance.scheduler
        done = scheduler.plan()
        if not done.anything():
            return
        scheduled = [[call.request.number, tokens, call.computed]
                     for call, tokens in done.scheduled]
        moved = [[call.request.number, tokens, call.remote_tokens - tokens]
                 for call, tokens in done.reserved]
        instance.record = {
            "instance": instance.number,
            "start_ps": self.now,
            "end_ps": None,
            "scheduled": scheduled,
            "reserved": moved,
            "preempted": [call.request.number for call in done.preempted],
            "dropped": [call.request.number for call in done.dropped],
            "finished": [],
            "waiting": len(scheduler.waiting) + len(scheduler.ready),
            "free_blocks": scheduler.pool.free(),
            "free_blocks_after": scheduler.pool.free(),
        }
        if scheduler.same_answers and self.same_answers_at is None:
            self.same_answers_at = len(self.log)
        self.log.append(instance.record)
        for call, tokens in done.reserved:
            self.send(self.homes[call.request.number][0], instance, call, tokens)
        if done.scheduled:
            instance.step = done
            instance.step_end = self.now + max(1, instance.step_ps(done.scheduled))

    def end_step(self, instance):
        leaving = instance.scheduler.finish(instance.step)
        instance.step = instance.step_end = None
        instance.look = True
        for call in leaving:
            self.leave(call)
        instance.record["end_ps"] = self.now
        instance.record["finished"] = [call.request.number for call in leaving]
        instance.record["free_blocks_after"] = instance.scheduler.pool.free()

    def leave(self, call):
        if call.gives_up:
            return
        number = call.request.number
        del self.calls[number]
        if call.pins:
            self.pinned[number] = call
            self.hand_offs.append(call.request)
        else:
            self.finished += 1

    # Links.

    def send(self, sender, receiver, call, tokens):
        """Both links are taken, each in order of request, for bytes over bandwidth."""
        network = self.scenario["network"]
        seconds = float(tokens * KV_BYTES_PER_TOKEN) / (network["bandwidth_gb_per_s"] * 1e9)
        wire = int(seconds * 1e12) + 1
        start = max(self.now, sender.out_free, receiver.in_free)
        sender.out_free = receiver.in_free = start + wire
        receiver.arriving.append((start + wire + picoseconds(network["latency_s"]), call))

    def end_transfer(self, receiver):
        call = receiver.arriving.pop(0)[1]
        number = call.request.number
        sender = self.homes[number][0]
        sender.scheduler.free(self.pinned.pop(number))
        sender.look = receiver.look = True
        receiver.scheduler.kv_arrived(call)
