// Which decode runs have evicted something that routers have yet to hear of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/engine/prefetch.hpp"
#include "cluster/engine/run_blocks.hpp"
#include "cluster/engine/state.hpp"
#include "core/due_table.hpp"
#include "core/ids.hpp"

namespace pigou {

/// Publishers are the first instances, those whose caches record events. A run evicts at known
/// steps without an event of its own, so for each publisher a time is kept before which its run
/// tells of nothing: kNever where no run is under way. Whoever changes the cache of a publisher,
/// or begins or ends its run, says so by expect() or forget(); then nobody need be looked at whose
/// time has not come.
class RunEvictions {
 public:
  RunEvictions() = default;
  explicit RunEvictions(std::uint32_t publishers) : publishers_(publishers), due_(publishers) {}

  /// The cache of a publisher has changed, or its run has begun or ended. In a run that tells after
  /// its steps, the one under way has taken its blocks and not told of them yet; the instant before
  /// its end comes before whoever looks then.
  void expect(InstanceId instance, const Instance& i) {
    if (instance >= publishers_) return;
    const bool pops = i.activity == Activity::kRun && i.run.popped < i.run.steps;
    const SimTime early{i.tells_after_step ? 1 : 0};
    due_.set(instance, pops ? i.run.boundary(i.run.popped) - early : kNever);
  }
  /// Its run is over.
  void forget(InstanceId instance) {
    if (instance < publishers_) due_.set(instance, kNever);
  }
  SimTime due(InstanceId instance) const { return due_.due(instance); }

  /// Materialises, up to `time`, every publisher whose run has evicted something since it was last
  /// looked at, after before(instance). Returns who they are, in order; valid until the next call.
  template <class Before>
  const std::vector<std::uint32_t>& take(EngineState& state, SimTime time, Before before) {
    evicting_.clear();
    due_.take_due(time - SimTime{1}, evicting_);
    constexpr std::size_t kAhead = 8;
    for (std::size_t k = 0; k < evicting_.size(); ++k) {
      if (k + kAhead < evicting_.size()) prefetch_run(state.at(InstanceId{evicting_[k + kAhead]}));
      if (k + kAhead / 2 < evicting_.size())
        state.at(InstanceId{evicting_[k + kAhead / 2]}).cache.prefetch_oldest();
      const InstanceId instance{evicting_[k]};
      before(instance);
      Instance& i = state.at(instance);
      const std::uint64_t told = steps_told(i, time);
      materialise_steps(i, told, time);
      // Of few instances each has stepped since the last decision: no need to know when it evicts.
      if (publishers_ < kFewPublishers || i.run.popped > told)
        expect(instance, i);
      else
        due_.set(instance, next_eviction(i));
    }
    return evicting_;
  }

 private:
  static constexpr std::uint32_t kFewPublishers = 32;

  std::uint32_t publishers_ = 0;
  DueTable due_;  ///< by publisher: none of its run's evictions is told of earlier
  std::vector<std::uint32_t> evicting_;
};

}  // namespace pigou
