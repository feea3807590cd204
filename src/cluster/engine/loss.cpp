#include "cluster/engine/loss.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "cluster/engine/finish.hpp"
#include "cluster/engine/leaving.hpp"
#include "cluster/engine/run_blocks.hpp"

namespace pigou {

SimTime settle_unfinished(EngineState& state, Instance& i, SimTime now) {
  SimTime last = now;
  if (i.activity == Activity::kRun) {
    materialise_run(i, now);
    std::uint64_t done = i.run.steps_started(now);
    if (done > 0 && i.run.boundary(done) > now) --done;
    i.run.steps = done;
    if (done > 0) finish_run(state, i);
    last = i.run.boundary(done);
  } else if (i.activity == Activity::kStep) {
    last = i.run.start;
  }
  i.busy_ps += now.ps - last.ps;
  i.activity = Activity::kIdle;
  return last;
}

void lose_calls(EngineState& state, InstanceId instance, SimTime last) {
  Instance& i = state.at(instance);
  std::vector<CallId> lost;
  for (CallId call = 0; call < state.calls.slots(); ++call)
    if (state.calls[call].state != CallState::kFree && state.calls[call].instance == instance)
      lost.push_back(call);
  std::ranges::sort(lost, {}, [&](CallId call) {
    return std::pair{state.calls[call].request, state.calls[call].order};
  });
  for (const CallId call : lost) {
    if (state.calls[call].decoding) state.calls[call].last_token = last;
    leave_lists(state, i, call);
    state.calls[call].state = CallState::kWaiting;
    state.notices.push_back({Notice::Kind::kLost, call, state.calls[call].generated});
  }
  i.chunks.clear();
  i.aborts.clear();
  i.finishes.clear();
  i.loading = 0;
}

void lose_cache(const EngineState& state, Instance& i, SimTime now) {
  i.evicted_before += i.cache.evicted_blocks();
  const bool records = i.cache.records_events();
  std::vector<KvEvent> events = std::move(i.cache.events());
  // What the step under way would have told is lost with it.
  while (!events.empty() && events.back().time > now) events.pop_back();
  const auto blocks = static_cast<std::uint32_t>(state.pool(i).kv_blocks);
  i.cache = InstanceCache(blocks, state.config().reference_cache);
  i.cache.record_events(records);
  i.cache.events() = std::move(events);
  if (records) i.cache.events().push_back({now, kNoIndex, 0});
}

}  // namespace pigou
