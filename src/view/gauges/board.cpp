#include "view/gauges/board.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace pigou {
namespace {

/// Snapshots that are on their way to the routers are kept, those of every instance.
void check_under_way(std::int64_t of_one, std::uint32_t instances) {
  constexpr std::int64_t kMost = std::int64_t{1} << 25;  // about a gigabyte
  if (of_one <= kMost / std::max<std::int64_t>(1, instances)) return;
  throw UserError("too many snapshots would be under way at once",
                  std::to_string(of_one) + " of each instance, by the delay over the period",
                  "lower the delay or signals.age_s, or raise the period");
}

}  // namespace

GaugeBoard::GaugeBoard(const ViewNeeds& needs, std::shared_ptr<const FleetShape> fleet,
                       Cluster& cluster, std::uint64_t seed)
    : fleet_(std::move(fleet)) {
  if (!(needs.snapshot_period_s > 0)) return;
  if (needs.adapter_gauges) adapter_words_ = cluster.adapters().words();
  cluster.publish_gauges();
  const SimTime period = from_seconds(needs.snapshot_period_s, "router.snapshot_period_s");
  const SimTime delay = from_seconds(needs.snapshot_delay_s, "router.snapshot_delay_s");
  const std::uint32_t instances = fleet_->count();
  check_under_way(delay.ps / period.ps, instances);
  start(StalenessRing(instances, period, delay, seed, needs.snapshot_polled,
                      static_cast<std::uint32_t>(2 * adapter_words_)));
}

GaugeBoard::GaugeBoard(const Schedule& schedule, std::shared_ptr<const FleetShape> fleet,
                       Cluster& cluster)
    : fleet_(std::move(fleet)) {
  if (!(schedule.period_s > 0)) return;
  cluster.publish_gauges();
  const SimTime period = from_seconds(schedule.period_s, "control.period_s");
  const SimTime age = from_seconds(schedule.age_s, "control.signal_age_s");
  check_under_way(age.ps / period.ps, fleet_->count());
  // Snapshots are taken `age` before whole periods.
  const SimTime phase{(period.ps - age.ps % period.ps) % period.ps};
  start(StalenessRing(std::vector<SimTime>(fleet_->count(), phase), period, age));
}

void GaugeBoard::start(StalenessRing ring) {
  ring_ = std::move(ring);
  const std::uint32_t instances = fleet_->count();
  running_.assign(instances, 0);
  waiting_.assign(instances, 0);
  kv_usage_.assign(instances, 0);
  tick_.assign(instances, -1);
  changes_.assign(GaugeColumns::blocks_of(fleet_->entry_count) +
                      GaugeColumns::blocks_of(fleet_->decode_count()),
                  0);
  adapters_.assign(2 * instances * adapter_words_, 0);
  named_.assign(instances, 0);
  most_.assign(instances, 0);
}

void GaugeBoard::bring_to(Cluster& cluster, SimTime now) {
  if (!ring_.active()) return;
  ring_.for_arrived(
      now, [&](InstanceId i) { see(i, cluster, now); },
      [&](InstanceId i) { cluster.prefetch_run(i); });
}

/// A newer snapshot of instance `i` has arrived.
void GaugeBoard::see(InstanceId i, const Cluster& cluster, SimTime now) {
  ring_.catch_up(i, cluster, now);
  const Gauges seen = ring_.read(i, now);
  const double kv_usage = seen.used_blocks / fleet_->kv_blocks[i];
  if (seen.running != running_[i] || seen.waiting != waiting_[i] || kv_usage != kv_usage_[i])
    changed(i);
  running_[i] = seen.running;
  waiting_[i] = seen.waiting;
  kv_usage_[i] = kv_usage;
  tick_[i] = ring_.tick_seen(i, now);
  if (adapter_words_ == 0) return;
  const auto sets = ring_.read_adapters(i, now);
  std::ranges::copy(sets, &adapters_[2 * i * adapter_words_]);
  named_[i] = 0;
  for (const std::uint64_t word : sets)
    named_[i] += static_cast<std::uint32_t>(std::popcount(word));
  most_[i] = cluster.max_loras(i);
}

void GaugeBoard::changed(InstanceId i) {
  const std::uint32_t entry = fleet_->entry_count;
  const std::size_t block =
      i < entry ? i / GaugeColumns::kGaugeBlock
                : GaugeColumns::blocks_of(entry) + (i - entry) / GaugeColumns::kGaugeBlock;
  changes_[block] = ++last_change_;
}

GaugeColumns GaugeBoard::columns() const {
  GaugeColumns columns;
  if (!ring_.active()) return columns;
  columns = {running_.data(), waiting_.data(), kv_usage_.data(), tick_.data(), changes_.data()};
  if (adapter_words_ > 0)
    columns.adapters = {adapters_.data(), named_.data(), most_.data(), adapter_words_};
  return columns;
}

}  // namespace pigou
