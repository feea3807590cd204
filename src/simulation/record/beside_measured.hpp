// Simulated beside recorded: what the trace says a real server did with the same requests.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cluster/latency_histogram.hpp"
#include "core/ids.hpp"
#include "simulation/record/recorder.hpp"
#include "simulation/record/result.hpp"
#include "workload/recorded_placement.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// Pairs every finished request with the record of its row, if it has one; every copy of a row
/// (repeat, overlay) with the same record. Always over all requests, also where only a sample of
/// the rows is kept: figures are then read from histograms. Costs nothing where the trace has no
/// records.
class MeasuredComparison {
 public:
  MeasuredComparison() = default;
  /// `exact`: keep every pair instead of histograms.
  MeasuredComparison(std::shared_ptr<const Workload> workload,
                     std::shared_ptr<const RecordedPlacement> placement, bool exact);

  bool active() const { return active_; }
  /// A request has ended.
  void add(const RequestRecord& row);
  /// Adds the comparison to the summary and the recorded columns beside the kept rows.
  void finish(RunSummary& summary, RequestColumns& columns);

 private:
  /// The two sides of one figure, and the distance of each pair as a fraction.
  struct Pairs {
    std::vector<double> simulated, recorded, error;
    LatencyHistogram simulated_bins, recorded_bins, error_bins;
    std::uint64_t count = 0;

    void add(std::int64_t simulated_value, std::int64_t recorded_value, double unit,
             double distance, bool exact);
    RecordedFigure summarise(double unit);
  };
  enum Figure : std::size_t { kTtft, kTpot, kE2e, kCached, kFigures };
  /// The record of one row; -1 where it has none.
  struct Record {
    std::int64_t ttft_ps = -1, tpot_ps = -1, e2e_ps = -1;
    std::int32_t cached_tokens = -1;
    bool any() const { return ttft_ps >= 0 || e2e_ps >= 0 || cached_tokens >= 0; }
  };

  Record record_of(RequestId request, std::uint32_t output_tokens) const;
  void add_times(const RequestRecord& row, const Record& record);
  void add_cached(const RequestRecord& row, const Record& record);
  void add_placement(const RequestRecord& row);
  void fill_columns(RequestColumns& columns) const;

  std::shared_ptr<const Workload> workload_;
  std::shared_ptr<const RecordedPlacement> placement_;
  bool active_ = false;
  bool exact_ = true;
  std::vector<Pairs> pairs_;  ///< one per Figure
  RecordedSummary sums_;
  std::uint64_t prompt_tokens_ = 0, simulated_cached_ = 0, recorded_cached_ = 0;
  SimTime first_arrival_ = kNever, simulated_end_, recorded_end_;
};

}  // namespace pigou
