#include "view/snapshot_signal.hpp"

#include <algorithm>
#include <numeric>

namespace pigou {

SnapshotSignal::SnapshotSignal(std::uint32_t instances, SimTime period, SimTime delay,
                               std::uint64_t seed, bool polled)
    : period_(period), delay_(delay), ring_(2 + delay.ps / period.ps) {
  const RandomStream stream(seed, "signal-phase");
  for (std::uint32_t i = 0; i < instances; ++i)
    phase_.push_back({static_cast<std::int64_t>(stream.uniform(polled ? 0 : i) *
                                                static_cast<double>(period.ps))});
  next_.assign(instances, 0);
  values_.assign(static_cast<std::size_t>(instances) * static_cast<std::size_t>(ring_), {});
  order_.resize(instances);
  std::iota(order_.begin(), order_.end(), 0U);
  std::ranges::stable_sort(order_, {}, [&](std::uint32_t i) { return phase_[i]; });
  if (instances > 0) next_arrival_ = phase_[order_[0]] + delay;
}

void SnapshotSignal::catch_up(std::uint32_t instance, const Cluster& cluster, SimTime until) {
  if (next_tick(instance) > until) return;
  const std::int64_t last = (until.ps - phase_[instance].ps) / period_.ps;
  // Older ticks would be overwritten before anyone can read them.
  std::int64_t tick = std::max(next_[instance], last + 1 - ring_);
  for (; tick <= last; ++tick) {
    const SimTime at{phase_[instance].ps + tick * period_.ps};
    values_[static_cast<std::size_t>(instance * ring_ + tick % ring_)] =
        cluster.gauges(instance, at);
  }
  next_[instance] = last + 1;
}

Gauges SnapshotSignal::read(std::uint32_t instance, SimTime now) const {
  const std::int64_t tick = tick_seen(instance, now);
  if (tick < 0) return {};
  return values_[static_cast<std::size_t>(instance * ring_ + tick % ring_)];
}

}  // namespace pigou
