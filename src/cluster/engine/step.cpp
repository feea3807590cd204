// Engine vllm-v1, second half: how long the step takes. Part of Cluster: when the steps of its
// instances begin, end and are cut short.
#include <algorithm>

#include "cluster/cluster.hpp"
#include "cluster/engine/decode_set.hpp"
#include "cluster/engine/finish.hpp"
#include "cluster/engine/leaving.hpp"
#include "cluster/engine/plan.hpp"

namespace pigou {
namespace {

/// What the step just begun has named and evicted is one batch that leaves when it ends.
void tell_after_step(Instance& i, std::size_t first_event) {
  std::vector<KvEvent>& events = i.cache.events();
  const bool runs = i.activity == Activity::kRun;
  const SimTime end = i.run.start + SimTime{runs ? i.run.first_ps : i.step_ps};
  for (std::size_t e = first_event; e < events.size(); ++e) events[e].time = end;
}

}  // namespace

void Cluster::start_step(InstanceId instance, SimTime now, EventTree& events) {
  Instance& i = at(instance);
  i.activity = Activity::kIdle;
  i.chunks.clear();
  const bool tells = i.tells_after_step && i.cache.records_events();
  std::size_t first_event = tells ? i.cache.events().size() : 0;
  // What a step told that is planned once more at its very start leaves with what is made of it.
  while (first_event > 0 && i.cache.events()[first_event - 1].time > now) --first_event;
  if (!i.aborts.empty()) drop_aborted(*this, i, now);
  Plan plan = plan_step(*this, i, now);
  // Everyone preempted, nobody scheduled: vLLM's loop comes straight back, and so does this.
  if (plan.preempted && i.running.count == 0) plan = plan_step(*this, i, now);
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

/// `one_step`: who waits may fit before anyone ends.
void Cluster::begin_run(InstanceId instance, bool one_step, SimTime now, EventTree& events) {
  Instance& i = at(instance);
  const StepModel& model = pool(i).model.step;
  const auto sequences = static_cast<std::int64_t>(i.decode_count);
  const StepShape shape{sequences, sequences, i.decode_context, 0, 0};
  i.run.start = now;
  i.run.first_ps = std::max<std::int64_t>(1, model.step(Regime::kDecode, shape).ps);
  i.run.growth_ps = model.context_ps[0] * sequences;
  i.run.steps = config().fast_forward && !one_step ? run_length(*this, i) : 1;
  i.run.popped = 1;  // the plan took the first step's blocks
  i.activity = Activity::kRun;
  evictions_.expect(instance, i);
  events.set(first_source_ + instance, i.run.end(), Phase::kStepEnd);
}

void Cluster::begin_step(InstanceId instance, SimTime now, EventTree& events) {
  Instance& i = at(instance);
  StepShape shape;
  shape.tokens = i.decode_count;
  shape.sequences = i.decode_count + static_cast<std::int64_t>(i.chunks.size());
  shape.decode_context = i.decode_context;
  bool decodes = i.decode_count > 0;
  bool prefills = false;
  const StepModel& model = pool(i).model.step;
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

void Cluster::end_step(InstanceId instance, SimTime now, EventTree& events) {
  Instance& i = at(instance);
  SimTime began = i.run.start;  // the step that ends now
  if (i.activity == Activity::kRun) {
    materialise_run(i, now);
    finish_run(*this, i);
    if (gauges_.asked()) began = i.run.boundary(i.run.steps - 1);
    evictions_.forget(instance);
  } else {
    finish_single_step(*this, i);
  }
  i.activity = Activity::kStarting;
  finish_chunks(*this, i, now);
  i.chunks.clear();
  if (gauges_.asked()) gauges_.step_ended(*this, instance, began);
  if (i.running.count == 0 && i.queue_empty() && i.aborts.empty()) {
    i.activity = Activity::kIdle;
    events.cancel(first_source_ + instance);
    return;
  }
  events.set(first_source_ + instance, now, Phase::kStepStart);
}

void Cluster::interrupt(InstanceId instance, SimTime now, EventTree& events) {
  Instance& i = at(instance);
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
void Cluster::plan_again(InstanceId instance, SimTime now, EventTree& events) {
  Instance& i = at(instance);
  i.cache.give_back(i.phase[i.phase_of(0)]);
  evictions_.forget(instance);
  i.activity = Activity::kStarting;
  events.set(first_source_ + instance, now, Phase::kStepStart);
}

}  // namespace pigou
