#include "simulation/simulation.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace pigou {
namespace {

constexpr std::size_t kTimelineRows = 4096;
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

/// About 400 rows over the trace, fewer for large fleets (each row reads every instance), whole
/// seconds apart; closed loops have no span to divide.
SimTime timeline_period(const SimulationConfig& config, const Workload& workload,
                        std::uint32_t instances) {
  if (config.output.timeline_s > 0)
    return from_seconds(config.output.timeline_s, "output.timeline_s");
  if (workload.arrival.empty()) return {10 * kPsPerSecond};
  const std::int64_t span = workload.arrival.back().ps - workload.arrival.front().ps;
  const std::int64_t rows = std::clamp<std::int64_t>(500'000 / instances, 50, 400);
  return {std::max<std::int64_t>(1, span / rows / kPsPerSecond) * kPsPerSecond};
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
  closed_ = workload_->trace.closed_loop();
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
  recorder_ = Recorder(config.output, config.slo, workload_->size());
  decisions_ = DecisionLog(config.output.decisions, config.output.sample, workload_->size());
  if (decisions_.on()) view_.keep_notes();
  const std::uint32_t entries = cluster_.entry_instances();
  placement_ = std::make_shared<RecordedPlacement>(workload_->trace, entries, instances - entries);
  if (needs.recorded_placement) placement_->require_fit();
  if (needs.labels.hints()) hints_ = RequestHintTable(workload_->trace);
  truth_ =
      MeasuredComparison(workload_, placement_, config.output.requests == RequestOutput::kFull);
  pending_prefill_.assign(cluster_.entry_instances(), 0);
  timeline_period_ = timeline_period(config, *workload_, instances);
  next_sample_ = timeline_period_;
  init_gateway();
  init_fleet();
  init_arrivals();
}

const Decision* Simulation::advance() {
  require(!deciding_, "apply() answers a decision before advance() goes on");
  while (!deciding_)
    if (!step()) {
      if (!held_asks_.empty()) {
        fail_held();
        continue;
      }
      check_nobody_waits();
      settle_reports(kNever);
      view_.close(cluster_, last_end_);
      return nullptr;
    }
  return &decision_;
}

/// One event in key order. False when none is left.
bool Simulation::step() {
  const EventKey top = next_event();
  const bool before_follow_ups = top.time == now_ && top.phase <= Phase::kTimer;
  if (!asks_.empty() && !before_follow_ups) {
    next_ask();
    return true;
  }
  if (rooms_freed_ > 0 && !before_follow_ups) {
    ask_for_room();
    return true;
  }
  if (next_arrival_ < workload_->arrival.size()) {
    const EventKey arrival{workload_->arrival[next_arrival_], Phase::kArrival, 0};
    if (arrival < top) {
      sample_timeline(arrival.time);
      now_ = arrival.time;
      ++event_count_;
      if (prefetches_) prefetch_arrivals();
      arrive(next_arrival_++);
      return true;
    }
  }
  if (top.time > kLongest) [[unlikely]] {
    if (top.time == kNever) return false;
    checked_add(top.time, SimTime{0}, "the simulation");
  }
  sample_timeline(top.time);
  now_ = top.time;
  if (++event_count_ % kEventsPerLook == 0) [[unlikely]]
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
  const Workload& w = *workload_;
  constexpr std::uint32_t kAhead = 4;
  if (next_arrival_ + kAhead >= w.arrival.size()) return;
  const auto path = [&](std::uint32_t request) {
    return prompt_path(w.row[request], w.copy_of(request));
  };
  view_.prefetch(path(next_arrival_ + kAhead));
  view_.prefetch_cells(path(next_arrival_ + 1));
}

void Simulation::dispatch(const EventKey& key) {
  const std::uint32_t source = key.source;
  if (source >= sources_.instances && source < sources_.links) {
    const std::uint32_t instance = source - sources_.instances;
    touch(instance, key.phase);
    if (key.phase == Phase::kStepEnd) {
      last_step_end_ = now_;
      cluster_.end_step(instance, now_, events_);
      if (step_log_.on()) [[unlikely]]
        step_log_.ended(cluster_, instance, now_);
    } else {
      cluster_.start_step(instance, now_, events_);
      if (step_log_.on()) [[unlikely]]
        step_log_.started(cluster_, instance, now_);
    }
    after(instance);
  } else if (source < sources_.instances) {
    source == sources_.timeout ? on_timeout() : on_refill();
  } else if (source < sources_.lanes) {
    on_transfer(source - sources_.links);
  } else if (source < sources_.ticks) {
    on_lane(source - sources_.lanes);
  } else if (source < sources_.timers) {
    if (done_ == workload_->size()) return events_.cancel(source);  // nobody will read it
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
  const auto waits = std::ranges::count_if(lives_, [](const Life& life) {
    return life.request != kNoIndex && !life.ended && !life.queued;
  });
  if (waits > 0 && split_ && migrated_ > 0)
    throw UserError(std::to_string(waits) + " requests wait for ever",
                    "full decode instances to which decodes migrate wait for each other's blocks",
                    "set workload.timeout_s, or let router " + config_.router.name +
                        " look for room before it migrates");
  if (router_queue_.empty()) return;
  throw UserError("router " + config_.router.name + " keeps " +
                      std::to_string(router_queue_.size()) + " requests in its queue for ever",
                  "nothing is left to happen that it could wait for",
                  "let it place them at room freed or at a timer");
}

void Simulation::sample_timeline(SimTime until) {
  // Nothing is in flight after the last request: what is left are timers nobody waits for.
  if (done_ == workload_->size()) return;
  while (next_sample_ < until) {
    stop_if_asked();
    record_timeline(next_sample_);
    next_sample_ += timeline_period_;
  }
}

void Simulation::record_timeline(SimTime at) {
  if (arrived_ == 0) return;
  TimelineColumns& t = timeline_;
  std::uint64_t used = 0;
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
  for (std::uint32_t i = 0; i < cluster_.instances(); ++i) {
    // Everything at the row's instant has happened, steps that start then included.
    const Gauges gauges = cluster_.state(i, at + SimTime{1});
    used += gauges.used_blocks;
    running += gauges.running;
    waiting += gauges.waiting;
  }
  double sum = 0;
  double squares = 0;
  for (const std::int64_t tokens : pending_prefill_) {
    sum += static_cast<double>(tokens);
    squares += static_cast<double>(tokens) * static_cast<double>(tokens);
  }
  const auto n = static_cast<double>(pending_prefill_.size());
  const double mean = sum / n;
  const double variance = std::max(0.0, squares / n - mean * mean);
  t.time_s.push_back(to_seconds(at));
  t.in_flight.push_back(static_cast<std::uint32_t>(arrived_ - done_));
  t.running.push_back(running);
  t.waiting.push_back(waiting);
  t.kv_used_blocks.push_back(used);
  t.cv_pending_prefill_tokens.push_back(sum > 0 ? std::sqrt(variance) / mean : 0);
  if (t.time_s.size() < kTimelineRows) return;
  // A run longer than foreseen keeps every second row and doubles the period.
  const auto halve = [](auto& column) {
    for (std::size_t i = 0; 2 * i + 1 < column.size(); ++i) column[i] = column[2 * i + 1];
    column.resize(column.size() / 2);
  };
  halve(t.time_s), halve(t.in_flight), halve(t.running), halve(t.waiting);
  halve(t.kv_used_blocks), halve(t.cv_pending_prefill_tokens);
  timeline_period_ = timeline_period_ * 2;
}

void Simulation::check_laws() const {
  cluster_.check_laws();
  std::uint64_t alive = 0;
  for (const Life& life : lives_)
    if (life.request != kNoIndex && !life.ended) ++alive;
  require(arrived_ == done_ + alive, "law 1: arrived = ended + in flight");
  check_holds();
}

}  // namespace pigou
