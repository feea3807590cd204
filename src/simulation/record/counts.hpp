// Sums over a run that no row of a request holds.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "cluster/latency_histogram.hpp"
#include "core/time.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// A prompt's first admission, and what its router believed of it.
struct Admission {
  std::uint32_t prompt_tokens = 0;
  std::uint32_t hit_tokens = 0;
  std::uint32_t believed_tokens = 0;
  bool believes = false;  ///< believed_tokens says something
};

/// Prefix hits, real and believed, of the attempts that served their clients. Phantom tokens were
/// believed and not there, missed ones the reverse.
class HitCounts {
 public:
  void add(const Admission& admission) { count(admission, 1); }
  /// The attempt came to nothing before its client had a token.
  void take_back(const Admission& admission) { count(admission, -1); }
  /// Fills the hits of `summary`.
  void finish(RunSummary& summary) const;

 private:
  void count(const Admission& a, std::int64_t sign) {
    hit_ += sign * std::int64_t{a.hit_tokens};
    admitted_ += sign * std::int64_t{a.prompt_tokens};
    if (!a.believes) return;
    const std::int64_t phantom = std::int64_t{a.believed_tokens} - a.hit_tokens;
    (phantom > 0 ? phantom_ : missed_) += sign * (phantom > 0 ? phantom : -phantom);
  }

  std::int64_t hit_ = 0, admitted_ = 0, phantom_ = 0, missed_ = 0;
};

/// What is counted as it happens. arrived = done + in flight.
struct RunCounts {
  std::uint64_t arrived = 0, done = 0, events = 0, zero_outputs = 0;
  std::uint64_t retries = 0, breakers_opened = 0, moved = 0, migrated = 0, decisions = 0;
  LatencyHistogram decision_wait;  ///< of decisions, for their replica
  std::map<std::string, std::uint64_t> rejected_by;
  SimTime first_arrival = kNever;
  SimTime last_end;       ///< of a request
  SimTime last_step_end;  ///< of an engine

  void request_arrived(SimTime now, bool zero_output) {
    ++arrived;
    if (zero_output) ++zero_outputs;
    if (first_arrival == kNever) first_arrival = now;
  }
  void request_ended(SimTime now) {
    ++done;
    last_end = now;
  }
  /// Fills what `summary` says of them.
  void finish(RunSummary& summary) const;
};

}  // namespace pigou
