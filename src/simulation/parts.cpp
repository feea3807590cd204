#include "simulation/parts.hpp"

#include "core/error.hpp"
#include "simulation/handlers/fleet_changes.hpp"

namespace pigou {
namespace {

std::vector<double> link_rates(const ClusterConfig& config, const Cluster& cluster) {
  std::vector<double> rates;
  for (InstanceId i = 0; i < cluster.instances(); ++i) {
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

/// All sources, in the order of their ids.
EventSources register_sources(const Parts& parts, bool ticks) {
  const std::uint32_t instances = parts.cluster.instances();
  const std::uint32_t replicas = parts.config.gateway.replicas;
  const auto lanes = static_cast<std::uint32_t>(parts.workload->trace.lanes.size());
  EventSources sources;
  sources.add(Source::kTimeout);
  sources.add(Source::kRefill);
  sources.add(Source::kEngine, instances);
  sources.add(Source::kLink, parts.split ? instances : 0);
  sources.add(Source::kTurn, lanes * parts.workload->copies);
  sources.add(Source::kTick, ticks ? instances : 0);
  sources.add(Source::kTimer, replicas);
  sources.add(Source::kServer, replicas);
  sources.add(Source::kDelivery);
  sources.add(Source::kReport);
  sources.add(Source::kNews);
  sources.add(Source::kFleet);
  sources.add(Source::kRetry);
  sources.add(Source::kBreaker);
  sources.add(Source::kControl, parts.config.control.on() ? 1 : 0);
  return sources;
}

/// Engines come third, behind what clients do.
constexpr std::uint32_t kFirstEngine = 2;

}  // namespace

Parts::Parts(std::shared_ptr<const Workload> given, const SimulationConfig& scenario,
             const ViewNeeds& needs)
    : workload(std::move(given)), config(scenario) {
  cluster = Cluster(config.cluster, &workload->segments, kFirstEngine);
  const std::uint32_t instances = cluster.instances();
  const std::uint32_t entries = cluster.entry_instances();
  split = entries < instances;
  require(config.gateway.replicas > 0, "a gateway has at least one router replica");
  view = View(aged(needs, config.signals), cluster, config.gateway.replicas, config.seed,
              config.signals.kv_loss, {config.control.period_s, config.control.signal_age_s});
  const bool ticks = config.eager_signals && view.snapshot().active();
  EventSources& sources = loop.sources;
  sources = register_sources(*this, ticks);
  require(sources.first(Source::kEngine) == kFirstEngine,
          "engines have the ids they were built with");
  loop.start();
  // Fewer fit into the caches anyway.
  prefetches = instances >= 256 && loop.events.has_contenders();
  if (split) {
    links = Links(link_rates(config.cluster, cluster), config.cluster.network.latency_s,
                  sources.first(Source::kLink));
  }
  for (InstanceId i = 0; ticks && i < instances; ++i)
    loop.events.set(sources.first(Source::kTick) + i, view.snapshot().next_tick(i), Phase::kTimer);
  views = RequestViews(workload, needs, entries, instances - entries);
  record = RunRecord(config, workload, views.placement(), entries, instances);
  if (record.decisions.on()) view.keep_notes();
  retries = Retries(config.fleet, config.seed, sources.first(Source::kRetry));
  gateway = Gateway(config.gateway, config.signals, config.seed,
                    {sources.first(Source::kTimer), sources.first(Source::kServer),
                     sources.first(Source::kDelivery), sources.first(Source::kNews)});
  control = Control(config.control, config.router.values, sources.first(Source::kControl));
  control.arm(loop.events);
  start_fleet(*this);
  clients = Clients(workload, config.timeout_s,
                    {sources.first(Source::kTimeout), sources.first(Source::kRefill),
                     sources.first(Source::kTurn)});
  clients.start(loop.events);
}

}  // namespace pigou
