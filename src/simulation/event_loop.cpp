#include "simulation/event_loop.hpp"

#include "core/stop.hpp"
#include "simulation/handlers/arriving.hpp"
#include "simulation/handlers/asking.hpp"
#include "simulation/handlers/controlling.hpp"
#include "simulation/handlers/engine_calls.hpp"
#include "simulation/handlers/fleet_changes.hpp"
#include "simulation/handlers/leaving.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/notices.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

constexpr std::uint64_t kEventsPerLook = 4096;  // at whether somebody asked to stop

void prefetch(const Parts& parts, std::uint32_t source, bool further) {
  if (source >= parts.loop.sources.count()) return;  // the tree is wider than they are many
  const EventSources::Found found = parts.loop.sources.find(source);
  const bool link = found.kind == Source::kLink;
  if (!link && found.kind != Source::kEngine) return;
  if (!further)
    parts.cluster.prefetch(InstanceId{found.index});
  else if (link)
    parts.cluster.prefetch_call(parts.links.next_call(InstanceId{found.index}));
  else
    parts.cluster.prefetch_further(InstanceId{found.index});
}

/// Arrivals of an open loop are known ahead: beliefs about the next ones load meanwhile.
void prefetch_arrivals(const Parts& parts) {
  constexpr std::uint32_t kAhead = 4;
  const RequestId later = parts.clients.upcoming(kAhead);
  if (later == kNoIndex) return;
  parts.view.prefetch(parts.views.path_of(later));
  parts.view.prefetch_cells(parts.views.path_of(parts.clients.upcoming(1)));
}

void on_engine(Parts& parts, InstanceId instance, Phase phase) {
  EventLoop& loop = parts.loop;
  touch(parts, instance, phase);
  if (phase == Phase::kStepEnd) {
    parts.record.counts.last_step_end = loop.now;
    parts.cluster.end_step(instance, loop.now, loop.events);
    if (parts.record.steps.on()) [[unlikely]]
      parts.record.steps.ended(parts.cluster, instance, loop.now);
  } else {
    parts.cluster.start_step(instance, loop.now, loop.events);
    if (parts.record.steps.on()) [[unlikely]]
      parts.record.steps.started(parts.cluster, instance, loop.now);
  }
  after(parts, instance);
}

void on_tick(Parts& parts, InstanceId instance) {
  EventLoop& loop = parts.loop;
  const std::uint32_t source = loop.sources.first(Source::kTick) + instance;
  if (parts.record.all_done()) return loop.events.cancel(source);  // nobody will read it
  parts.view.snapshot().catch_up(instance, parts.cluster, loop.now);
  loop.events.set(source, parts.view.snapshot().next_tick(instance), Phase::kTimer);
}

void dispatch(Parts& parts, const EventKey& key) {
  const EventSources::Found found = parts.loop.sources.find(key.source);
  EventTree& events = parts.loop.events;
  switch (found.kind) {
    case Source::kTimeout:
      return on_timeout(parts);
    case Source::kRefill:
      return arrive(parts, parts.clients.take_refill(parts.record.counts.arrived, events));
    case Source::kEngine:
      return on_engine(parts, InstanceId{found.index}, key.phase);
    case Source::kLink:
      return on_transfer(parts, InstanceId{found.index});
    case Source::kTurn:
      return arrive(parts, parts.clients.take_turn(found.index, events));
    case Source::kTick:
      return on_tick(parts, InstanceId{found.index});
    case Source::kTimer:
      return on_timer(parts, ReplicaId{found.index});
    case Source::kServer:
      return serve_next(parts, ReplicaId{found.index});
    case Source::kDelivery:
      return on_delivery(parts);
    case Source::kReport:
      return on_report(parts);
    case Source::kNews:
      return on_news(parts);
    case Source::kFleet:
      return on_fleet(parts);
    case Source::kRetry:
      return on_retry(parts);
    case Source::kBreaker:
      return on_breaker(parts);
    case Source::kControl:
      return on_control(parts);
  }
}

}  // namespace

Progressed progress(Parts& parts, SimTime until) {
  EventLoop& loop = parts.loop;
  const EventKey top = loop.next(parts.gateway.reports.time());
  if (!loop.precedes_asks(top)) {
    if (!parts.gateway.asks.empty()) {
      next_ask(parts);
      return Progressed::kOn;
    }
    if (parts.gateway.room_freed()) {
      ask_for_room(parts);
      return Progressed::kOn;
    }
  }
  const SimTime next = parts.clients.next_arrival();
  const bool arrives = next != kNever && EventKey{next, Phase::kArrival, 0} < top;
  const SimTime time = arrives ? next : top.time;
  if (time > until && time != kNever) return Progressed::kPaused;
  if (time > kLongest) [[unlikely]] {
    if (time == kNever) return Progressed::kOver;
    if (!arrives) checked_add(time, SimTime{0}, "the simulation");
  }
  parts.record.sample_timeline(time, parts.cluster);
  loop.now = time;
  ++parts.record.counts.events;
  if (arrives) {
    if (parts.prefetches) prefetch_arrivals(parts);
    arrive(parts, parts.clients.take_arrival());
    return Progressed::kOn;
  }
  if (parts.record.counts.events % kEventsPerLook == 0) [[unlikely]]
    stop_if_asked();
  if (parts.prefetches)
    loop.look_ahead([&](std::uint32_t source, bool further) { prefetch(parts, source, further); });
  dispatch(parts, top);
  return Progressed::kOn;
}

}  // namespace pigou
