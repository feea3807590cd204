// Engine vllm-v1, second half: how long the step takes and what it leaves behind.
#include <algorithm>
#include <cmath>
#include <functional>

#include "cluster/cluster.hpp"

namespace pigou {

std::uint64_t DecodeRun::steps_started(SimTime time) const {
  if (time <= start) return 0;
  const auto elapsed = static_cast<double>(time.ps - start.ps);
  const auto a = static_cast<double>(first_ps);
  const auto g = static_cast<double>(growth_ps);
  // boundary(n) = n*a + g*n*(n-1)/2 solved for n; stable for g -> 0.
  const double b = a - 0.5 * g;
  const double guess = 2.0 * elapsed / (b + std::sqrt(b * b + 2.0 * g * elapsed));
  auto n = static_cast<std::uint64_t>(std::max(1.0, guess));
  while (boundary(n) < time) ++n;
  while (n > 0 && boundary(n - 1) >= time) --n;
  return n;
}

Cluster::Plan Cluster::plan_step(Instance& i, SimTime now) {
  Plan plan{engine(i).max_num_batched_tokens, false};
  if (!plan_running(i, plan, now)) plan_running_in_order(i, plan, now);
  if (!plan.preempted) plan_waiting(i, plan, now);
  return plan;
}

void Cluster::start_step(std::uint32_t instance, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  i.activity = Activity::kIdle;
  i.chunks.clear();
  const bool tells = i.tells_after_step && i.cache.records_events();
  std::size_t first_event = tells ? i.cache.events().size() : 0;
  // What a step told that is planned once more at its very start leaves with what is made of it.
  while (first_event > 0 && i.cache.events()[first_event - 1].time > now) --first_event;
  if (!i.aborts.empty()) drop_aborted(i, now);
  Plan plan = plan_step(i, now);
  // Everyone preempted, nobody scheduled: vLLM's loop comes straight back, and so does this.
  if (plan.preempted && i.running.count == 0) plan = plan_step(i, now);
  i.least_free = std::min(i.least_free, i.cache.free_blocks());
  if (i.decode_count == 0 && i.chunks.empty()) {
    events.cancel(first_source_ + instance);
    return;
  }
  if (i.partials.empty() && !plan.preempted)
    begin_run(instance, plan.early_turn, now, events);
  else
    begin_step(instance, now, events);
  if (tells) tell_after_step(i, first_event);
}

/// What the step just begun has named and evicted is one batch that leaves when it ends.
void Cluster::tell_after_step(Instance& i, std::size_t first_event) {
  std::vector<KvEvent>& events = i.cache.events();
  const bool runs = i.activity == Activity::kRun;
  const SimTime end = i.run.start + SimTime{runs ? i.run.first_ps : i.step_ps};
  for (std::size_t e = first_event; e < events.size(); ++e) events[e].time = end;
}

/// When an engine tells of what happens between two steps at `now`: with the step under way.
SimTime Cluster::told_with_step(const Instance& i, SimTime now) const {
  if (!i.cache.records_events() || !i.tells_after_step) return now;
  if (i.activity == Activity::kRun) return i.run.boundary(i.run.steps_started(now));
  return i.activity == Activity::kStep ? i.run.start + SimTime{i.step_ps} : now;
}

/// `one_step`: who waits may fit before anyone ends.
void Cluster::begin_run(std::uint32_t instance, bool one_step, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  const StepModel& model = config_.pools[i.pool].model.step;
  const auto sequences = static_cast<std::int64_t>(i.decode_count);
  const StepShape shape{sequences, sequences, i.decode_context, 0, 0};
  i.run.start = now;
  i.run.first_ps = std::max<std::int64_t>(1, model.step(Regime::kDecode, shape).ps);
  i.run.growth_ps = model.context_ps[0] * sequences;
  i.run.steps = config_.fast_forward && !one_step ? run_length(i) : 1;
  i.run.popped = 1;  // the plan took the first step's blocks
  i.activity = Activity::kRun;
  expect_evictions(instance);
  events.set(first_source_ + instance, i.run.end(), Phase::kStepEnd);
}

/// Steps until the first finish or the first block that cannot be had.
std::uint64_t Cluster::run_length(Instance& i) const {
  auto& finishes = i.finishes;
  const auto stale = [&](const FinishEntry& f) {
    const Call& c = calls[f.call];
    return !c.decoding || c.order != f.order || c.finish_step != f.step ||
           &instances_[c.instance] != &i;
  };
  while (stale(finishes.front())) {
    std::pop_heap(finishes.begin(), finishes.end(), std::greater<>{});
    finishes.pop_back();
  }
  const std::uint64_t to_finish = finishes.front().step - i.step + 1;
  // Later steps pop phase[(step + s) % period] blocks each, decode_count in a whole period.
  const std::uint64_t period = i.block_tokens;
  std::uint64_t free = i.cache.free_blocks();
  std::uint64_t steps = 1 + free / i.decode_count * period;
  if (steps >= to_finish) return to_finish;
  free %= i.decode_count;
  while (steps < to_finish) {
    const std::uint32_t need = i.phase[(i.step + steps) % period];
    if (need > free) break;
    free -= need;
    ++steps;
  }
  return steps;
}

void Cluster::begin_step(std::uint32_t instance, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  StepShape shape;
  shape.tokens = i.decode_count;
  shape.sequences = i.decode_count + static_cast<std::int64_t>(i.chunks.size());
  shape.decode_context = i.decode_context;
  bool decodes = i.decode_count > 0;
  bool prefills = false;
  const StepModel& model = config_.pools[i.pool].model.step;
  for (const Chunk& chunk : i.chunks) {
    const Call& c = calls[chunk.call];
    const std::int64_t before = c.computed;
    const std::int64_t tokens = chunk.tokens;
    shape.tokens += tokens;
    if (tokens == 1 && (model.single_tokens_decode || c.remote_kv || c.computed >= c.input)) {
      decodes = true;
      shape.decode_context += before;
    } else {
      prefills = true;
      shape.prefill_context += before;
      shape.attention2 += tokens * (2 * before + tokens);
    }
  }
  const Regime regime = !prefills ? Regime::kDecode : decodes ? Regime::kMixed : Regime::kPrefill;
  i.step_ps = std::max<std::int64_t>(1, model.step(regime, shape).ps);
  i.activity = Activity::kStep;
  i.run.start = now;
  events.set(first_source_ + instance, now + SimTime{i.step_ps}, Phase::kStepEnd);
}

void Cluster::end_step(std::uint32_t instance, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  SimTime began = i.run.start;  // the step that ends now
  if (i.activity == Activity::kRun) {
    materialise(instance, now);
    finish_run(i);
    if (!shown_.empty()) began = i.run.boundary(i.run.steps - 1);
    if (instance < publishers_) evictions_.set(instance, kNever);
  } else {
    inter_token.add(i.step_ps, i.decode_count);
    i.busy_ps += i.step_ps;
    i.decode_context += i.decode_count;
    ++i.step;
    ++i.steps;
  }
  i.activity = Activity::kStarting;
  finish_chunks(i, now);
  i.chunks.clear();
  if (!shown_.empty()) {
    Gauges gauges = present(i);
    gauges.waiting -= came_after(i, began);
    show(instance, gauges, i.step);
  }
  if (i.running.count == 0 && i.queue_empty() && i.aborts.empty()) {
    i.activity = Activity::kIdle;
    events.cancel(first_source_ + instance);
    return;
  }
  events.set(first_source_ + instance, now, Phase::kStepStart);
}

void Cluster::finish_run(Instance& i) {
  const DecodeRun& run = i.run;
  inter_token.add_progression(run.first_ps, run.growth_ps, run.steps, i.decode_count);
  i.busy_ps += run.boundary(run.steps).ps - run.start.ps;
  i.decode_context += static_cast<std::int64_t>(run.steps) * i.decode_count;
  i.step += run.steps;
  i.steps += run.steps;
}

/// Decoding calls whose last token the step just emitted, in running order up to place `before`.
void Cluster::finish_decodes(Instance& i, std::uint64_t before, SimTime now) {
  while (!i.finishes.empty() && i.finishes.front().step < i.step) {
    const FinishEntry entry = i.finishes.front();
    if (entry.step + 1 == i.step && entry.order > before) return;
    std::pop_heap(i.finishes.begin(), i.finishes.end(), std::greater<>{});
    i.finishes.pop_back();
    const Call& c = calls[entry.call];
    const bool stale = !c.decoding || c.order != entry.order || c.finish_step != entry.step ||
                       &instances_[c.instance] != &i;
    if (stale) continue;
    leave_decode_set(i, entry.call);
    calls[entry.call].last_token = now;
    finish_call(i, entry.call, now);
  }
}

/// The step is done. Whoever ends with it leaves, and frees its blocks, in running order.
void Cluster::finish_chunks(Instance& i, SimTime now) {
  const auto some_end = [&] { return !i.finishes.empty() && i.finishes.front().step < i.step; };
  for (const Chunk& chunk : i.chunks) {
    if (some_end()) finish_decodes(i, calls[chunk.call].order, now);
    finish_chunk(i, chunk, now);
  }
  if (some_end()) finish_decodes(i, i.next_order, now);
}

/// Whoever has computed all its tokens emits one.
void Cluster::finish_chunk(Instance& i, const Chunk& chunk, SimTime now) {
  Call& c = calls[chunk.call];
  c.computed += chunk.tokens;
  if (c.computed < c.tokens()) return;
  if (c.last_token == kNever || c.resumed) notices.push_back({Notice::Kind::kToken, chunk.call, 0});
  // Of a lost attempt whose prefill is still computed nobody hears: the next one sends that token.
  const bool heard = c.life != kNoIndex;
  if (c.last_token != kNever && heard) inter_token.add(now.ps - c.last_token.ps, 1);
  c.resumed = false;
  c.last_token = now;
  ++c.generated;
  i.partials.erase_value(chunk.call);
  if (c.generated >= c.target)
    finish_call(i, chunk.call, now);
  else
    join_decode_set(i, chunk.call);
}

void Cluster::join_decode_set(Instance& i, std::uint32_t call) {
  Call& c = calls[call];
  const auto step = static_cast<std::int64_t>(i.step);
  const auto period = static_cast<std::int64_t>(i.block_tokens);
  c.decoding = true;
  c.computed_base = static_cast<std::int64_t>(c.computed) - step;
  c.generated_base = static_cast<std::int64_t>(c.generated) - step;
  c.finish_step = i.step + (c.target - c.generated) - 1;
  i.decode_context += c.computed;
  ++i.decode_count;
  ++i.phase[static_cast<std::size_t>(((-c.computed_base) % period + period) % period)];
  i.finishes.push_back({c.finish_step, c.order, call});
  std::push_heap(i.finishes.begin(), i.finishes.end(), std::greater<>{});
}

/// Back to explicit counts, as of the boundary before step `i.step`.
void Cluster::leave_decode_set(Instance& i, std::uint32_t call) {
  Call& c = calls[call];
  const auto step = static_cast<std::int64_t>(i.step);
  const auto period = static_cast<std::int64_t>(i.block_tokens);
  c.decoding = false;
  c.computed = static_cast<std::uint32_t>(c.computed_base + step);
  c.generated = static_cast<std::uint32_t>(c.generated_base + step);
  c.blocks = blocks_for(i, c.computed);
  i.decode_context -= c.computed;
  --i.decode_count;
  --i.phase[static_cast<std::size_t>(((-c.computed_base) % period + period) % period)];
}

void Cluster::finish_call(Instance& i, std::uint32_t call, SimTime now) {
  Call& c = calls[call];
  i.running.remove(calls, call);
  count_adapter(c, AdapterBook::Use::kRunning, AdapterBook::Use::kNone);
  if (c.departing) std::erase(i.aborts, call);  // it has nothing left to move for
  if (c.departing) c.pin_at_finish = false;
  if (c.aborted) {
    std::erase(i.aborts, call);
    release_blocks(i, c, answers(c), now);
    notices.push_back({Notice::Kind::kAborted, call, 0});
    return;
  }
  if (c.pin_at_finish)
    c.state = CallState::kPinned;
  else
    release_blocks(i, c, answers(c), now);
  notices.push_back({Notice::Kind::kFinished, call, 0});
}

/// Frees everything the call holds. With `keep_generated`, the blocks it generated stay matchable:
/// by its next turn, or by itself after a preemption. vLLM names them as they fill; here they get
/// their names now, or when somebody may look for them (engine_answers.cpp).
void Cluster::release_blocks(Instance& i, Call& c, bool keep_generated, SimTime now) {
  const EngineConfig& e = engine(i);
  const std::uint32_t call = calls.slot_of(c);
  if (c.state == CallState::kLoading) --i.loading;
  if (keep_generated && e.enable_prefix_caching && c.named >= prompt_blocks(c)) {
    const PathView p = path(c);
    std::uint32_t upto = c.computed / e.block_tokens;
    if (p.private_segment == kNoIndex) upto = std::min(upto, path_blocks(p));
    if (!answering_.empty()) name_answers(i, p, prompt_blocks(c), upto, 0, now);
    if (upto > c.named) {
      i.cache.publish(p, c.named, upto, call, now);
      c.named = upto;
    }
  }
  if (c.untold) tell_answer(i, c, now);
  i.cache.release(path(c), c.named, c.blocks - c.named, call, scratch_);
  c.named = 0;
  c.blocks = 0;
}

}  // namespace pigou
