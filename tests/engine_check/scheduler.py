"""The scheduler of one engine, after the rules of vLLM V1 as docs/engine.md states them.

Written to be read beside them, not to be fast: every request holds a list of blocks, every step
walks every request."""

from block_pool import BlockPool


class Call:
    """A request on one engine. `names` has a name for each block of its prompt and answer."""

    def __init__(self, request, names, prompt, tokens_to_make, made=0, remote_tokens=0, adapter=0):
        self.request = request
        self.names = names
        self.prompt = prompt
        self.wanted = tokens_to_make  # tokens after the prompt at which it is done
        self.made = made              # of them, those that exist
        self.remote_tokens = remote_tokens  # tokens whose KV another instance holds; 0: local
        self.adapter = adapter
        self.computed = 0
        self.blocks = []
        self.named_blocks = 0
        self.gives_up = False
        self.pins = False      # its blocks stay when it is done, until they have been pulled
        self.has_kv = False    # its KV has arrived over a link

    def tokens(self):
        return self.prompt + self.made


class Pass:
    """What one pass of the scheduler did."""

    def __init__(self):
        self.scheduled = []  # (call, tokens), in running order
        self.reserved = []   # (call, tokens to move)
        self.preempted = []
        self.dropped = []

    def anything(self):
        return self.scheduled or self.reserved or self.preempted or self.dropped


class Scheduler:
    def __init__(self, engine, blocks):
        self.engine = engine  # the keys of a scenario's `engine`
        self.size = engine["block_size"]
        self.pool = BlockPool(blocks)
        self.running = []
        self.waiting = []
        self.ready = []   # their KV has arrived: they wait for a seat
        self.quitting = []  # their clients gave up, in that order
        self.same_answers = False  # an answer of known text was computed that a copy was there of

    # The queue.

    def add(self, call):
        self.waiting.append(call)

    def kv_arrived(self, call):
        """All but the last token, which the engine computes itself to know the next one."""
        call.computed = call.tokens() - 1
        call.has_kv = True
        self.name_full_blocks(call, call.computed)
        self.ready.append(call)

    def give_up(self, call):
        call.gives_up = True
        self.quitting.append(call)

    # A pass.

    def plan(self):
        done = Pass()
        self.drop_quitters(done)
        self.schedule(done)
        if done.preempted and not self.running:
            self.schedule(done)  # everybody was preempted: the engine's loop comes straight back
        return done

    def drop_quitters(self, done):
        for call in self.quitting:
            for queue in (self.running, self.waiting, self.ready):
                if call in queue:
                    queue.remove(call)
            self.free(call)
            done.dropped.append(call)
        self.quitting = []

    def schedule(self, done):
        budget = self.engine["max_num_batched_tokens"]
        preempted_before = len(done.preempted)
        budget = self.schedule_running(done, budget)
        if len(done.preempted) == preempted_before:
            self.schedule_waiting(done, budget)

    def schedule_running(self, done, budget):
        place = 0
        while place < len(self.running) and budget > 0:
            call = self.running[place]
            tokens = min(self.most_tokens(call.tokens() - call.computed), budget)
            while self.lacking(call, call.computed + tokens) > self.pool.free():
                victim = self.running.pop()
                self.preempt(victim, done)
                if victim is call:
                    return budget
            self.give_tokens(call, tokens, done)
            budget -= tokens
            place += 1
        return budget

    def preempt(self, call, done):
        self.free(call)
        call.computed = 0
        call.remote_tokens = 0  # it computes its prompt again where it is
        call.has_kv = False
        self.waiting.insert(0, call)
        done.preempted.append(call)

    def schedule_waiting(self, done, budget):
        """Whose KV has arrived first, then the queue up to the first that does not fit."""
        for queue in (self.ready, self.waiting):
            for call in list(queue):
                if budget == 0 or len(self.running) == self.engine["max_num_seqs"]:
                    return
                if not self.adapter_fits(call):
                    continue
                if call.remote_tokens and not call.has_kv:
                    if not self.reserve(call, done):
                        return
                    continue
                tokens = self.admit(call, budget, done)
                if tokens == 0:
                    return
                budget -= tokens

    def admit(self, call, budget, done):
        """Tokens given, 0 if it has to wait."""
        hits = [] if call.has_kv else self.hits(call)
        computed = call.computed if call.has_kv else len(hits) * self.size
        tokens = self.most_tokens(call.tokens() - computed)
        if not self.engine["enable_chunked_prefill"] and tokens > budget:
            return 0
        tokens = min(tokens, budget)
        whole = self.engine["scheduler_reserve_full_isl"]
        until = call.tokens() if whole else computed + tokens
        if self.lacking(call, until, hits) > self.pool.free():
            return 0
        (self.ready if call.has_kv else self.waiting).remove(call)
        self.take_hits(call, hits)
        call.computed = computed
        self.running.append(call)
        self.give_tokens(call, tokens, done)
        return tokens

    def reserve(self, call, done):
        """Blocks for the whole prompt, before its KV is asked for."""
        hits = self.hits(call)
        if self.lacking(call, call.tokens(), hits) > self.pool.free():
            return False
        self.waiting.remove(call)
        self.take_hits(call, hits)
        self.extend(call, call.tokens())
        done.reserved.append((call, call.remote_tokens - len(hits) * self.size))
        return True

    def adapter_fits(self, call):
        most = self.engine.get("max_loras", 0)
        in_use = {other.adapter for other in self.running if other.adapter}
        return most == 0 or call.adapter == 0 or call.adapter in in_use or len(in_use) < most

    # Tokens and blocks.

    def most_tokens(self, tokens):
        threshold = self.engine["long_prefill_token_threshold"]
        return min(tokens, threshold) if threshold > 0 else tokens

    def hits(self, call):
        """Cached blocks that begin the call, full ones only, short of its last token."""
        found = []
        if self.engine["enable_prefix_caching"]:
            for name in call.names[:(call.tokens() - 1) // self.size]:
                block = self.pool.find(name)
                if block is None:
                    break
                found.append(block)
        return found

    def lacking(self, call, until, hits=()):
        """Free blocks it costs to hold `until` tokens: new ones, and hits that nobody uses."""
        new = -(-until // self.size) - len(call.blocks) - len(hits)
        return max(0, new) + sum(block.users == 0 for block in hits)

    def take_hits(self, call, hits):
        for block in hits:
            self.pool.use(block)
        call.blocks = call.blocks + hits
        call.named_blocks = max(call.named_blocks, len(hits))

    def extend(self, call, until):
        new = -(-until // self.size) - len(call.blocks)
        if new > 0:
            call.blocks += self.pool.take(new)

    def give_tokens(self, call, tokens, done):
        self.extend(call, call.computed + tokens)
        self.name_full_blocks(call, call.computed + tokens)
        done.scheduled.append((call, tokens))

    def name_full_blocks(self, call, until):
        if self.engine["enable_prefix_caching"]:
            for place in range(call.named_blocks, until // self.size):
                answer = (place + 1) * self.size > call.prompt
                self.same_answers |= answer and self.pool.find(call.names[place]) is not None
                self.pool.give_name(call.blocks[place], call.names[place])
            call.named_blocks = max(call.named_blocks, until // self.size)

    def free(self, call):
        self.pool.let_go(call.blocks)
        call.blocks = []
        call.named_blocks = 0

    # The end of a step.

    def finish(self, done):
        """Those who leave, in running order: who has computed all its tokens has one more."""
        leaving = []
        for call, tokens in done.scheduled:
            call.computed += tokens
            if call.computed < call.tokens():
                continue
            call.made += 1
            if call.made < call.wanted:
                continue
            self.running.remove(call)
            if call in self.quitting:
                self.quitting.remove(call)
            if not call.pins or call.gives_up:
                self.free(call)
            leaving.append(call)
        return leaving
