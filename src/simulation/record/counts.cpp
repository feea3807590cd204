#include "simulation/record/counts.hpp"

#include "simulation/record/recorder.hpp"

namespace pigou {

void HitCounts::finish(RunSummary& s) const {
  s.hit_tokens = static_cast<std::uint64_t>(hit_);
  s.hit_ratio = admitted_ == 0 ? 0 : static_cast<double>(hit_) / static_cast<double>(admitted_);
  s.phantom_hit_tokens = static_cast<std::uint64_t>(phantom_);
  s.missed_hit_tokens = static_cast<std::uint64_t>(missed_);
}

void RunCounts::finish(RunSummary& s) const {
  s.arrived = arrived;
  s.simulated_s = arrived == 0 ? 0 : to_seconds(last_end - first_arrival);
  s.rejected_by = rejected_by;
  s.zero_output_requests = zero_outputs;
  s.events = events;
  s.retries = retries;
  s.breakers_opened = breakers_opened;
  s.moved = moved;
  s.migrated = migrated;
  s.decisions = decisions;
  s.decision_wait = summarise_bins(decision_wait);
}

}  // namespace pigou
