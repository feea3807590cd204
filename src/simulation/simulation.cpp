#include "simulation/simulation.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace pigou {
namespace {

constexpr std::uint64_t kEventsPerLook = 4096;  // at whether somebody asked to stop

std::vector<double> link_rates(const ClusterConfig& config, const Cluster& cluster) {
  std::vector<double> rates;
  for (std::uint32_t i = 0; i < cluster.instances(); ++i) {
    const PoolConfig& pool = cluster.pool_of(i);
    const double nic = pool.tp * pool.model.nic_bytes_per_s;
    rates.push_back(config.network.bandwidth_bytes_per_s > 0 ? config.network.bandwidth_bytes_per_s
                                                             : nic);
    if (!(rates.back() > 0)) {
      throw UserError("pool " + pool.name + " has no link bandwidth",
                      "the catalogue knows no network card for its GPU",
                      "set network.bandwidth_gb_per_s");
    }
  }
  return rates;
}

/// The policy's own latencies, or the one age the scenario sets for all of them.
ViewNeeds aged(ViewNeeds needs, const SignalsConfig& signals) {
  if (signals.age_s >= 0) needs.kv_event_latency_s = needs.snapshot_delay_s = signals.age_s;
  return needs;
}

}  // namespace

Simulation::Simulation(std::shared_ptr<const Workload> workload, const SimulationConfig& config,
                       const ViewNeeds& needs)
    : workload_(std::move(workload)), config_(config) {
  cluster_ = Cluster(config.cluster, &workload_->segments, sources_.instances);
  const std::uint32_t instances = cluster_.instances();
  split_ = cluster_.entry_instances() < instances;
  const auto lanes = static_cast<std::uint32_t>(workload_->trace.lanes.size()) * workload_->copies;
  require(config.gateway.replicas > 0, "a gateway has at least one router replica");
  const std::uint32_t replicas = config.gateway.replicas;
  view_ =
      View(aged(needs, config.signals), cluster_, replicas, config.seed, config.signals.kv_loss);
  const bool ticks = config.eager_signals && view_.snapshot().active();
  sources_.links = sources_.instances + instances;
  sources_.lanes = sources_.links + (split_ ? instances : 0);
  sources_.ticks = sources_.lanes + lanes;
  sources_.timers = sources_.ticks + (ticks ? instances : 0);
  sources_.servers = sources_.timers + replicas;
  sources_.deliveries = sources_.servers + replicas;
  sources_.reports = sources_.deliveries + 1;
  sources_.news = sources_.reports + 1;
  sources_.fleet = sources_.news + 1;
  sources_.retries = sources_.fleet + 1;
  sources_.breakers = sources_.retries + 1;
  sources_.count = sources_.breakers + 1;
  events_.resize(sources_.count);
  prefetches_ = instances >= 256 && events_.has_contenders();  // fewer fit into the caches anyway
  if (split_) {
    links_ = Links(link_rates(config.cluster, cluster_), config.cluster.network.latency_s,
                   sources_.links);
  }
  for (std::uint32_t i = 0; ticks && i < instances; ++i)
    events_.set(sources_.ticks + i, view_.snapshot().next_tick(i), Phase::kTimer);
  const std::uint32_t entries = cluster_.entry_instances();
  views_ = RequestViews(workload_, needs, entries, instances - entries);
  record_ = RunRecord(config, workload_, views_.placement(), entries, instances);
  if (record_.decisions.on()) view_.keep_notes();
  retries_ = Retries(config.fleet, config.seed, sources_.retries);
  gateway_ = Gateway(config.gateway, config.signals, config.seed,
                     {sources_.timers, sources_.servers, sources_.deliveries, sources_.news});
  init_fleet();
  clients_ =
      Clients(workload_, config.timeout_s, {sources_.timeout, sources_.refill, sources_.lanes});
  clients_.start(events_);
}

const Decision* Simulation::advance() {
  require(!deciding_, "apply() answers a decision before advance() goes on");
  while (!deciding_)
    if (!step()) {
      if (retries_.holds()) {
        fail_held();
        continue;
      }
      check_nobody_waits();
      settle_reports(kNever);
      view_.close(cluster_, record_.counts.last_end);
      return nullptr;
    }
  return &decision_;
}

/// One event in key order. False when none is left.
bool Simulation::step() {
  const EventKey top = next_event();
  const bool before_follow_ups = top.time == now_ && top.phase <= Phase::kTimer;
  if (!gateway_.asks.empty() && !before_follow_ups) {
    next_ask();
    return true;
  }
  if (gateway_.room_freed() && !before_follow_ups) {
    ask_for_room();
    return true;
  }
  if (const SimTime next = clients_.next_arrival(); next != kNever) {
    const EventKey arrival{next, Phase::kArrival, 0};
    if (arrival < top) {
      record_.sample_timeline(arrival.time, cluster_);
      now_ = arrival.time;
      ++record_.counts.events;
      if (prefetches_) prefetch_arrivals();
      arrive(clients_.take_arrival());
      return true;
    }
  }
  if (top.time > kLongest) [[unlikely]] {
    if (top.time == kNever) return false;
    checked_add(top.time, SimTime{0}, "the simulation");
  }
  record_.sample_timeline(top.time, cluster_);
  now_ = top.time;
  if (++record_.counts.events % kEventsPerLook == 0) [[unlikely]]
    stop_if_asked();
  if (prefetches_) prefetch_contenders();
  dispatch(top);
  return true;
}

/// The next event is nearly always one of these; its instance's state loads while this one runs,
/// and what that state points to while the next ones do.
void Simulation::prefetch_contenders() {
  for (std::uint32_t n = 0; n < EventTree::kContenders; ++n) {
    const std::uint32_t source = events_.contender(n);
    Prefetched& known = contenders_[n];
    if (source != known.source) {
      known = {source, false};
      prefetch(source, false);
    } else if (!known.further) {
      known.further = true;
      prefetch(source, true);
    }
  }
}

void Simulation::prefetch(std::uint32_t source, bool further) const {
  if (source < sources_.instances || source >= sources_.lanes) return;
  const bool link = source >= sources_.links;
  const std::uint32_t instance = source - (link ? sources_.links : sources_.instances);
  if (!further)
    cluster_.prefetch(instance);
  else if (link)
    cluster_.prefetch_call(links_.next_call(instance));
  else
    cluster_.prefetch_further(instance);
}

/// Arrivals of an open loop are known ahead: beliefs about the next ones load meanwhile.
void Simulation::prefetch_arrivals() const {
  constexpr std::uint32_t kAhead = 4;
  const std::uint32_t later = clients_.upcoming(kAhead);
  if (later == kNoIndex) return;
  view_.prefetch(views_.path_of(later));
  view_.prefetch_cells(views_.path_of(clients_.upcoming(1)));
}

void Simulation::dispatch(const EventKey& key) {
  const std::uint32_t source = key.source;
  if (source >= sources_.instances && source < sources_.links) {
    const std::uint32_t instance = source - sources_.instances;
    touch(instance, key.phase);
    if (key.phase == Phase::kStepEnd) {
      record_.counts.last_step_end = now_;
      cluster_.end_step(instance, now_, events_);
      if (record_.steps.on()) [[unlikely]]
        record_.steps.ended(cluster_, instance, now_);
    } else {
      cluster_.start_step(instance, now_, events_);
      if (record_.steps.on()) [[unlikely]]
        record_.steps.started(cluster_, instance, now_);
    }
    after(instance);
  } else if (source < sources_.instances) {
    source == sources_.timeout ? on_timeout()
                               : arrive(clients_.take_refill(record_.counts.arrived, events_));
  } else if (source < sources_.lanes) {
    on_transfer(source - sources_.links);
  } else if (source < sources_.ticks) {
    arrive(clients_.take_turn(source - sources_.lanes, events_));
  } else if (source < sources_.timers) {
    if (record_.all_done()) return events_.cancel(source);  // nobody will read it
    const std::uint32_t instance = source - sources_.ticks;
    view_.snapshot().catch_up(instance, cluster_, now_);
    events_.set(source, view_.snapshot().next_tick(instance), Phase::kTimer);
  } else if (source < sources_.servers) {
    on_timer(source - sources_.timers);
  } else if (source < sources_.deliveries) {
    serve(source - sources_.servers);
  } else if (source == sources_.deliveries) {
    on_delivery();
  } else {
    dispatch_rare(source);
  }
}

void Simulation::dispatch_rare(std::uint32_t source) {
  if (source == sources_.reports) return on_report();
  if (source == sources_.news) return on_news();
  if (source == sources_.fleet) return on_fleet();
  source == sources_.retries ? on_retry() : on_breaker();
}

/// Nothing is left to happen: whoever is still there would stay for ever. In a router's queue, or
/// on decode instances that wait for each other's blocks; nothing but exchanged decodes does that.
void Simulation::check_nobody_waits() const {
  const auto waits = std::ranges::count_if(requests_, [](const RequestState& state) {
    return state.request != kNoIndex && !state.ended && !state.queued;
  });
  if (waits > 0 && split_ && record_.counts.migrated > 0)
    throw UserError(std::to_string(waits) + " requests wait for ever",
                    "full decode instances to which decodes migrate wait for each other's blocks",
                    "set workload.timeout_s, or let router " + config_.router.name +
                        " look for room before it migrates");
  if (gateway_.queue.empty()) return;
  throw UserError("router " + config_.router.name + " keeps " +
                      std::to_string(gateway_.queue.size()) + " requests in its queue for ever",
                  "nothing is left to happen that it could wait for",
                  "let it place them at room freed or at a timer");
}

void Simulation::check_laws() const {
  cluster_.check_laws();
  require(record_.counts.arrived == record_.counts.done + requests_.alive(),
          "law 1: arrived = ended + in flight");
  check_holds();
}

}  // namespace pigou
