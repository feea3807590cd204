// What leaves an instance other than by its last token: failure, withdrawal, departure.
#include <algorithm>

#include "cluster/cluster.hpp"
#include "core/error.hpp"

namespace pigou {

/// The steps of a run that have ended by `now` count; the one under way is lost but was work.
/// Returns when the last one ended.
SimTime Cluster::settle_unfinished(std::uint32_t instance, SimTime now) {
  Instance& i = instances_[instance];
  SimTime last = now;
  if (i.activity == Activity::kRun) {
    materialise(instance, now);
    std::uint64_t done = i.run.steps_started(now);
    if (done > 0 && i.run.boundary(done) > now) --done;
    i.run.steps = done;
    if (done > 0) finish_run(i);
    last = i.run.boundary(done);
    if (instance < publishers_) evictions_.set(instance, kNever);
  } else if (i.activity == Activity::kStep) {
    last = i.run.start;
  }
  i.busy_ps += now.ps - last.ps;
  i.activity = Activity::kIdle;
  return last;
}

void Cluster::fail(std::uint32_t instance, SimTime now, EventTree& events) {
  Instance& i = instances_[instance];
  const SimTime last = settle_unfinished(instance, now);
  events.cancel(first_source_ + instance);
  std::vector<std::uint32_t> lost;
  for (std::uint32_t call = 0; call < calls.slots(); ++call)
    if (calls[call].state != CallState::kFree && calls[call].instance == instance)
      lost.push_back(call);
  std::ranges::sort(lost, {}, [&](std::uint32_t call) {
    return std::pair{calls[call].request, calls[call].order};
  });
  for (const std::uint32_t call : lost) {
    if (calls[call].decoding) calls[call].last_token = last;
    leave_lists(i, call);
    calls[call].state = CallState::kWaiting;
    notices.push_back({Notice::Kind::kLost, call, calls[call].generated});
  }
  i.chunks.clear();
  i.aborts.clear();
  i.finishes.clear();
  i.loading = 0;
  clear_cache(instance, now);
}

void Cluster::clear_cache(std::uint32_t instance, SimTime now) {
  Instance& i = instances_[instance];
  i.evicted_before += i.cache.evicted_blocks();
  const bool records = i.cache.records_events();
  std::vector<KvEvent> events = std::move(i.cache.events());
  // What the step under way would have told is lost with it.
  while (!events.empty() && events.back().time > now) events.pop_back();
  const auto blocks = static_cast<std::uint32_t>(config_.pools[i.pool].kv_blocks);
  i.cache = InstanceCache(blocks, config_.reference_cache);
  i.cache.record_events(records);
  i.cache.events() = std::move(events);
  if (records) i.cache.events().push_back({now, kNoIndex, 0});
}

bool Cluster::withdraw(std::uint32_t call, SimTime now, EventTree& events) {
  const Call& c = calls[call];
  if (c.state != CallState::kWaiting || c.admitted_once || c.aborted || c.departing) return false;
  Instance& i = instances_[c.instance];
  i.waiting.remove(calls, call);
  count_adapter(c, AdapterBook::Use::kWaiting, AdapterBook::Use::kNone);
  // Whoever waited behind it may fit where it did not.
  interrupt(c.instance, now, events);
  wake(c.instance, now, events);
  return true;
}

void Cluster::depart(std::uint32_t call, bool keep_kv, SimTime now, EventTree& events) {
  Call& c = calls[call];
  require(c.state == CallState::kRunning || c.state == CallState::kWaiting,
          "what departs runs or waits");
  c.departing = true;
  c.pin_at_finish = keep_kv;
  instances_[c.instance].aborts.push_back(call);
  interrupt(c.instance, now, events);
  wake(c.instance, now, events);
}

void Cluster::stay(std::uint32_t call) {
  Call& c = calls[call];
  c.departing = c.pin_at_finish = false;
  std::erase(instances_[c.instance].aborts, call);
}

bool Cluster::occupied(std::uint32_t instance) const {
  for (std::uint32_t call = 0; call < calls.slots(); ++call)
    if (calls[call].state != CallState::kFree && calls[call].instance == instance) return true;
  return false;
}

}  // namespace pigou
