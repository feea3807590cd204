// How a gateway of the SGLang family counts its workers' load: requests in flight through it. In a
// split cluster a request counts on its prefill worker as well until its answer has ended, because
// the gateway holds both until then (WorkerLoadGuard in smg's pd_router.rs); the view's own count
// on the prefill side ends when prefill does.
#pragma once

#include <vector>

#include "core/ids.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {

class WorkerLoad {
 public:
  explicit WorkerLoad(const PolicyLayout& layout)
      : split_(layout.decode_count > 0), load_(split_ ? layout.entry_count : 0, 0) {}

  /// Whether ends of requests must be told.
  bool needs_finish() const { return split_; }
  /// The entry side with these loads.
  FleetSide entry(const RouterView& view) const {
    FleetSide side = entry_side(view);
    if (split_) side.columns.active_requests = load_.data();
    return side;
  }
  void placed(SlotId slot, std::uint32_t worker) {
    if (!split_) return;
    finished(slot);
    if (worker_of_.size() <= slot) worker_of_.resize(slot + 1, kNoIndex);
    worker_of_[slot] = worker;
    ++load_[worker];
  }
  void finished(SlotId slot) {
    if (!split_ || slot >= worker_of_.size() || worker_of_[slot] == kNoIndex) return;
    --load_[worker_of_[slot]];
    worker_of_[slot] = kNoIndex;
  }

 private:
  bool split_;
  std::vector<std::int64_t> load_;
  std::vector<std::uint32_t> worker_of_;  ///< by slot
};

}  // namespace pigou
