#include "cluster/cluster.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "core/load_ahead.hpp"

namespace pigou {
namespace {

/// What the engine's rules rest on, whoever built the configuration.
void check_engine(const PoolConfig& pool) {
  const EngineConfig& e = pool.engine;
  if (e.block_tokens == 0 || e.block_tokens > kMaxBlockTokens) {
    throw UserError(
        "pool " + pool.name + " has KV blocks of " + std::to_string(e.block_tokens) + " tokens",
        "engines have at most 128", "set engine.block_size to 16, 32, 64 or 128");
  }
  if (e.max_num_seqs == 0 || e.max_num_batched_tokens < e.max_num_seqs) {
    throw UserError("pool " + pool.name + " has more seats than tokens in a step",
                    "every running sequence gets a token in every step",
                    "raise engine.max_num_batched_tokens or lower engine.max_num_seqs");
  }
  if (!e.enable_chunked_prefill && e.max_num_batched_tokens < e.max_model_len) {
    throw UserError("pool " + pool.name + " could not prefill its longest prompt",
                    "without chunked prefill a prompt must fit into one step",
                    "set engine.max_num_batched_tokens to at least engine.max_model_len");
  }
}

}  // namespace

Cluster::Cluster(const ClusterConfig& config, const SegmentedTrace* segments,
                 std::uint32_t first_source)
    : config_(config), segments_(segments), first_source_(first_source) {
  std::stable_partition(config_.pools.begin(), config_.pools.end(),
                        [](const PoolConfig& pool) { return pool.role != Role::kDecode; });
  for (std::uint32_t p = 0; p < config_.pools.size(); ++p) {
    const PoolConfig& pool = config_.pools[p];
    check_engine(pool);
    for (std::uint32_t n = 0; n < pool.count; ++n) {
      Instance& i = instances_.emplace_back();
      i.pool = p;
      i.block_tokens = pool.engine.block_tokens;
      i.tells_after_step = pool.engine.kv_events == KvEventTime::kAfterStep;
      i.phase = PhaseCounts(i.block_tokens);
      const auto blocks = static_cast<std::uint32_t>(pool.kv_blocks);
      i.cache = InstanceCache(blocks, config.reference_cache);
      i.least_free = blocks;
    }
    if (pool.role != Role::kDecode) entry_instances_ = instances();
  }
  if (!segments->adapter.empty()) adapters_ = AdapterBook(instances(), segments->adapters);
}

const char* Cluster::rejects(const PoolConfig& pool, std::uint32_t input, std::uint32_t output) {
  const std::uint64_t tokens = std::uint64_t{input} + output;
  if (tokens > pool.engine.max_model_len) return "max_model_len";
  if ((tokens + pool.engine.block_tokens - 1) / pool.engine.block_tokens > pool.kv_blocks)
    return "kv_capacity";
  return nullptr;
}

PathView Cluster::path(const Call& call) const {
  PathView view;
  view.prompt = segments_->path(call.row);
  view.output = segments_->output_path(call.row);
  view.offset = call.segment_offset;
  view.blocks_of = segments_->segment_blocks.data();
  if (view.output.empty()) view.private_segment = kPrivateSegment | call.request;
  return view;
}

std::uint32_t Cluster::prompt_blocks(const Call& call) const {
  return segments_->named_blocks(call.row);
}

void Cluster::enqueue(std::uint32_t instance, std::uint32_t call, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  const bool head = i.queue_empty();
  calls[call].state = CallState::kWaiting;
  calls[call].instance = instance;
  calls[call].enqueued = now;
  i.waiting.push_back(calls, call);
  if (!segments_->output_begin.empty()) note_answering(call);
  count_adapter(calls[call], AdapterBook::Use::kNone, AdapterBook::Use::kWaiting);
  i.cache.prefetch(path(calls[call]));
  // Behind a blocked head, or without a seat, nothing changes before the run ends by itself.
  const bool reached = head || limits_adapters(instance);
  if (reached && i.running.count < engine(i).max_num_seqs) interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::prefetch_further(std::uint32_t instance) const {
  const Instance& i = instances_[instance];
  if (!i.finishes.empty()) {
    load_ahead(i.finishes.data());
    prefetch_call(i.finishes.front().call);
  }
  for (const Chunk& chunk : i.chunks) prefetch_call(chunk.call);
  i.cache.prefetch_oldest();
}

void Cluster::wake(std::uint32_t instance, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  if (i.activity != Activity::kIdle) return;
  i.activity = Activity::kStarting;
  events.set(first_source_ + instance, now, Phase::kStepStart);
}

void Cluster::interrupt(std::uint32_t instance, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  if (i.activity != Activity::kRun) return;
  const std::uint64_t steps = i.run.steps_started(now);
  if (steps >= i.run.steps) return;
  if (steps == 0) return plan_again(instance, now, events);
  i.run.steps = steps;
  const SimTime end = i.run.boundary(steps);
  if (end == now)
    end_step(instance, now, events);
  else
    events.set(first_source_ + instance, end, Phase::kStepEnd);
}

/// Somebody came or went at the very instant the run began, after its plan: as the first step holds
/// all that came by then, it is planned once more, and nothing of the first plan stays.
void Cluster::plan_again(std::uint32_t instance, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  i.cache.give_back(i.phase[i.phase_of(0)]);
  if (instance < publishers_) evictions_.set(instance, kNever);
  i.activity = Activity::kStarting;
  events.set(first_source_ + instance, now, Phase::kStepStart);
}

void Cluster::finish_loading(std::uint32_t call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  const std::uint32_t instance = c.instance;
  Instance& i = instances_[instance];
  if (c.aborted) return stop_loading(call, now, events);
  materialise(instance, now);
  c.computed = c.tokens() - 1;
  if (engine(i).enable_prefix_caching) {
    const std::uint32_t full = c.computed / engine(i).block_tokens;
    const std::uint32_t upto = std::min(full, prompt_blocks(c));
    if (upto > c.named) {
      const PathView p = path(c);
      if (!answering_.empty()) name_answers(i, p, c.named, upto, i.next_order, now);
      i.cache.publish(p, c.named, upto, call, told_with_step(i, now));
      c.named = upto;
    }
  }
  expect_evictions(instance);
  const bool reached = i.ready.count == 0 || limits_adapters(instance);
  --i.loading;
  c.state = CallState::kReady;
  i.ready.push_back(calls, call);
  if (reached && i.running.count < engine(i).max_num_seqs) interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::stop_loading(std::uint32_t call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  const std::uint32_t instance = c.instance;
  Instance& i = instances_[instance];
  require(c.state == CallState::kLoading, "what stops loading loads");
  materialise(instance, now);
  count_adapter(c, AdapterBook::Use::kWaiting, AdapterBook::Use::kNone);
  release_blocks(i, c, false, now);
  expect_evictions(instance);
  notices.push_back({Notice::Kind::kAborted, call, 0});
  if (!i.queue_empty()) interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::unpin(std::uint32_t call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  const std::uint32_t instance = c.instance;
  Instance& i = instances_[instance];
  materialise(instance, now);
  release_blocks(i, c, false, now);
  expect_evictions(instance);
  calls.drop(call);
  if (!i.queue_empty()) {
    interrupt(instance, now, events);
    wake(instance, now, events);
  }
}

void Cluster::abort(std::uint32_t call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  if (c.aborted) return;  // its client gave up, and then its sender died
  c.aborted = true;
  if (c.state == CallState::kLoading || c.state == CallState::kPinned) return;
  const std::uint32_t instance = c.instance;
  if (!c.departing) instances_[instance].aborts.push_back(call);
  interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::materialise(std::uint32_t instance, SimTime time) {
  Instance& i = instances_[instance];
  if (i.activity != Activity::kRun) return;
  materialise_steps(i, std::min(i.run.steps_started(time), i.run.steps), time);
}

/// The allocations of the run's first `until` steps.
void Cluster::materialise_steps(Instance& i, std::uint64_t until, SimTime time) {
  if (i.activity != Activity::kRun || until <= i.run.popped) return;
  if (i.cache.records_events()) {
    // Evictions reach routers with the time of the step that caused them.
    std::uint32_t phase = i.phase_of(i.run.popped);
    for (std::uint64_t s = i.run.popped; s < until; ++s, phase = i.next_phase(phase))
      if (const std::uint32_t blocks = i.phase[phase]) i.cache.allocate(blocks, told_at(i, s));
  } else if (const std::uint32_t blocks = pending_pops(i, until)) {
    i.cache.allocate(blocks, time);
  }
  i.run.popped = until;
  i.least_free = std::min(i.least_free, i.cache.free_blocks());
}

/// Before when the run's first step, of those the cache has not seen, tells that it took a block
/// with a name.
SimTime Cluster::next_eviction(const Instance& i) const {
  if (i.activity != Activity::kRun) return kNever;
  // Whole periods of blocks without one pass at once.
  std::uint32_t left = i.cache.nameless_head();
  std::uint64_t s = i.run.popped;
  if (left >= i.decode_count) {
    s += std::uint64_t{left / i.decode_count} * i.block_tokens;
    left %= i.decode_count;
  }
  if (s >= i.run.steps) return kNever;
  const SimTime early{i.tells_after_step ? 1 : 0};
  for (std::uint32_t phase = i.phase_of(s); s < i.run.steps; ++s, phase = i.next_phase(phase)) {
    if (i.phase[phase] > left) return told_at(i, s) - early;
    left -= i.phase[phase];
  }
  return kNever;
}

/// Blocks that run steps [popped, steps_started) allocate.
std::uint32_t Cluster::pending_pops(const Instance& i, std::uint64_t steps_started) const {
  if (steps_started <= i.run.popped) return 0;
  const std::uint64_t steps = steps_started - i.run.popped;
  const std::uint64_t period = i.block_tokens;
  std::uint64_t blocks = steps / period * i.decode_count;
  std::uint32_t phase = i.phase_of(i.run.popped);
  for (std::uint64_t s = 0; s < steps % period; ++s, phase = i.next_phase(phase))
    blocks += i.phase[phase];
  return static_cast<std::uint32_t>(blocks);
}

std::uint32_t Cluster::generated(std::uint32_t call, SimTime time) const {
  const Call& c = calls[call];
  if (!c.decoding) return c.generated;
  const Instance& i = instances_[c.instance];
  std::uint64_t steps = i.step;
  if (i.activity == Activity::kRun && i.run.start <= time)
    steps += std::min(i.run.steps, i.run.steps_started(time + SimTime{1}) - 1);
  return static_cast<std::uint32_t>(c.generated_base + static_cast<std::int64_t>(steps));
}

/// Blocks that `call` has on its instance, those of steps under way included.
std::uint32_t Cluster::blocks_held(const Instance& i, const Call& call) const {
  if (!call.decoding) return call.blocks;
  std::int64_t computed = call.computed_base + static_cast<std::int64_t>(i.step);
  if (i.activity == Activity::kStep) ++computed;
  if (i.activity == Activity::kRun) computed += static_cast<std::int64_t>(i.run.popped);
  return blocks_for(i, static_cast<std::uint32_t>(computed));
}

/// Whether the first of those that wait has room on an engine where nobody runs.
bool Cluster::fits_alone(const Instance& i) const {
  const Call& c = calls[i.waiting.head];
  const EngineConfig& e = engine(i);
  KvMatch hit;
  if (e.enable_prefix_caching) hit = i.cache.match(path(c), (c.tokens() - 1) / e.block_tokens);
  std::uint32_t tokens = c.tokens();
  if (!c.remote_kv && !e.scheduler_reserve_full_isl) {
    Call admitted = c;
    admitted.computed = hit.blocks * e.block_tokens;
    tokens = admitted.computed + chunk_tokens(i, admitted, e.max_num_batched_tokens);
  }
  return blocks_for(i, tokens) - hit.blocks + hit.evictable <= i.cache.free_blocks();
}

void Cluster::check_laws() const {
  std::vector<std::uint64_t> nameless(instances_.size(), 0);
  std::vector<std::uint32_t> loading(instances_.size(), 0);
  for (std::uint32_t slot = 0; slot < calls.slots(); ++slot) {
    const Call& c = calls[slot];
    if (c.state == CallState::kFree || c.state == CallState::kWaiting) continue;
    if (c.state == CallState::kLoading) ++loading[c.instance];
    const Instance& i = instances_[c.instance];
    nameless[c.instance] += blocks_held(i, c) - c.named;
  }
  for (std::uint32_t n = 0; n < instances(); ++n) {
    const Instance& i = instances_[n];
    require(i.running.count <= engine(i).max_num_seqs, "law 2: seats are not oversold");
    require(i.loading == loading[n], "law 2: calls whose KV is on its way are counted once");
    require(i.decode_count + i.partials.size() == i.running.count,
            "law 2: a running call decodes or has tokens to compute");
    i.cache.check(nameless[n]);
    const bool may_admit = i.ready.count > 0 && i.running.count < engine(i).max_num_seqs;
    require(i.activity != Activity::kIdle || i.running.count == 0,
            "law 13: no idle engine with running calls");
    require(i.activity != Activity::kIdle || !may_admit,
            "law 13: no idle engine with admissible work");
    require(i.activity != Activity::kIdle || i.waiting.count == 0 || !fits_alone(i),
            "law 13: no idle engine with a waiting call that fits");
  }
  if (adapters_.on()) check_adapters();
}

/// Counts again what the book has counted call by call.
void Cluster::check_adapters() const {
  using Use = AdapterBook::Use;
  AdapterBook counted(instances(), adapters_.adapters());
  for (std::uint32_t slot = 0; slot < calls.slots(); ++slot) {
    const Call& c = calls[slot];
    if (c.state == CallState::kFree || c.state == CallState::kPinned) continue;
    const Use use = c.state == CallState::kRunning ? Use::kRunning : Use::kWaiting;
    counted.move(c.instance, segments_->adapter[c.row], Use::kNone, use);
  }
  require(counted == adapters_, "law 2: every running and waiting adapter is counted once");
  for (std::uint32_t i = 0; i < instances(); ++i)
    require(adapters_.distinct(i, Use::kRunning) <= max_loras(i),
            "law 2: places for adapters are not oversold");
}

}  // namespace pigou
