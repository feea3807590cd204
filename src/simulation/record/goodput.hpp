// Goodput: finished requests per second that met the latency targets.
#pragma once

#include <cstdint>

#include "simulation/config.hpp"
#include "simulation/record/request_record.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// Counts the finished requests that attain every target that is set. Without a target nothing can
/// be attained or missed: its figures are NaN.
class Goodput {
 public:
  Goodput() = default;
  explicit Goodput(const SloConfig& slo) : slo_(slo) {}

  /// A request has finished. Nobody else counts.
  void add(const RequestRecord& row) {
    if (attains(row)) ++attained_;
  }
  /// Fills slo_attained_fraction (of `summary.arrived`) and goodput_requests_per_s (over
  /// `summary.simulated_s`).
  void finish(RunSummary& summary) const;

 private:
  bool attains(const RequestRecord& row) const;

  SloConfig slo_;
  std::uint64_t attained_ = 0;
};

}  // namespace pigou
