#include "view/gauges/staleness_ring.hpp"

#include <algorithm>
#include <utility>

namespace pigou {

namespace {

std::vector<SimTime> drawn_phases(std::uint32_t instances, SimTime period, std::uint64_t seed,
                                  bool polled) {
  const RandomStream stream(seed, "signal-phase");
  std::vector<SimTime> phases;
  for (std::uint32_t i = 0; i < instances; ++i)
    phases.push_back({static_cast<std::int64_t>(stream.uniform(polled ? 0 : i) *
                                                static_cast<double>(period.ps))});
  return phases;
}

}  // namespace

StalenessRing::StalenessRing(std::uint32_t instances, SimTime period, SimTime delay,
                             std::uint64_t seed, bool polled, std::uint32_t adapter_words)
    : StalenessRing(drawn_phases(instances, period, seed, polled), period, delay, adapter_words) {}

StalenessRing::StalenessRing(std::vector<SimTime> phases, SimTime period, SimTime delay,
                             std::uint32_t adapter_words)
    : period_(period),
      delay_(delay),
      ring_(2 + delay.ps / period.ps),
      phase_(std::move(phases)),
      adapter_words_(adapter_words) {
  const auto instances = static_cast<std::uint32_t>(phase_.size());
  next_.assign(instances, 0);
  values_.assign(static_cast<std::size_t>(instances) * static_cast<std::size_t>(ring_), {});
  adapters_.assign(values_.size() * adapter_words, 0);
  for (InstanceId i = 0; i < instances; ++i) order_.push_back(i);
  std::ranges::stable_sort(order_, {}, [&](InstanceId i) { return phase_[i]; });
  if (instances > 0) next_arrival_ = phase_[order_[0]] + delay;
}

void StalenessRing::catch_up(InstanceId instance, const Cluster& cluster, SimTime until) {
  if (next_tick(instance) > until) return;
  const std::int64_t last = (until.ps - phase_[instance].ps) / period_.ps;
  // Older ticks would be overwritten before anyone can read them.
  std::int64_t tick = std::max(next_[instance], last + 1 - ring_);
  for (; tick <= last; ++tick) {
    const SimTime at{phase_[instance].ps + tick * period_.ps};
    values_[place(instance, tick)] = cluster.gauges(instance, at);
    if (adapter_words_ > 0)
      std::ranges::copy(cluster.adapter_gauges(instance, at),
                        &adapters_[place(instance, tick) * adapter_words_]);
  }
  next_[instance] = last + 1;
}

Gauges StalenessRing::read(InstanceId instance, SimTime now) const {
  const std::int64_t tick = tick_seen(instance, now);
  if (tick < 0) return {};
  return values_[place(instance, tick)];
}

std::span<const std::uint64_t> StalenessRing::read_adapters(InstanceId instance,
                                                            SimTime now) const {
  const std::int64_t tick = tick_seen(instance, now);
  if (tick < 0 || adapter_words_ == 0) return {};
  return {&adapters_[place(instance, tick) * adapter_words_], adapter_words_};
}

}  // namespace pigou
