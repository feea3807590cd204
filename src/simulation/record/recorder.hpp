// Writes one row per request and keeps the sums that a summary needs.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/latency_histogram.hpp"
#include "simulation/config.hpp"
#include "simulation/record/goodput.hpp"
#include "simulation/record/request_record.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// Columns under `full`, a hashed sample under `sample`, histograms otherwise: memory follows the
/// rows kept, not the trace.
class Recorder {
 public:
  Recorder() = default;
  Recorder(const OutputConfig& output, const SloConfig& slo, std::uint64_t requests);

  void record(const RequestRecord& row);
  /// Fills the request part of `summary` and hands over the columns.
  void finish(RunSummary& summary, RequestColumns& columns);

 private:
  struct Latency {
    LatencyHistogram histogram;
    std::vector<double> exact;
    void add(SimTime value, bool keep_exact);
    LatencySummary summarise();
  };

  RequestColumns columns() const;

  OutputConfig output_;
  Goodput goodput_;
  std::uint64_t sample_limit_ = UINT64_MAX;  ///< keep rows whose hash is below
  bool exact_ = true;
  std::vector<RequestRecord> rows_;  ///< by rows while running: one place in memory per request
  Latency ttft_, tpot_, e2e_, queue_;
  std::uint64_t finished_ = 0, rejected_ = 0, timed_out_ = 0, failed_ = 0;
  std::uint64_t input_tokens_ = 0, output_tokens_ = 0;
};

/// Rows are kept whose hashed number is below this, under output.requests=sample.
std::uint64_t sample_limit(std::uint32_t sample, std::uint64_t requests);

/// mean, percentiles and maximum of `values` in seconds; percentile q is the value of rank
/// ceil(q * n). Reorders `values`.
LatencySummary summarise_exact(std::vector<double>& values);

/// The same from bins of picoseconds.
LatencySummary summarise_bins(const LatencyHistogram& bins);

}  // namespace pigou
