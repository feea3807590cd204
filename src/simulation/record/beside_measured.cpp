#include "simulation/record/beside_measured.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pigou {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kSecond = 1e12;  // picoseconds
constexpr double kToken = 1;
/// Distances go into the histogram as parts of 1e12; a thousandfold miss is as bad as any.
constexpr double kWorstDistance = 1000;

/// Of bins that hold `unit` for every 1.
LatencySummary from_bins(const LatencyHistogram& bins, double unit) {
  LatencySummary summary = summarise_bins(bins);
  for (double* value :
       {&summary.mean, &summary.p50, &summary.p90, &summary.p95, &summary.p99, &summary.max})
    *value *= kSecond / unit;
  return summary;
}

/// |simulated - recorded| / recorded; NaN without a recorded value above 0.
double relative_distance(std::int64_t simulated, std::int64_t recorded) {
  if (recorded <= 0) return kNaN;
  return std::abs(static_cast<double>(simulated - recorded)) / static_cast<double>(recorded);
}

double seconds_or_nan(std::int64_t ps) { return ps < 0 ? kNaN : static_cast<double>(ps) / kSecond; }

std::int32_t number_or_none(std::uint32_t index) {
  return index == kNoIndex ? -1 : static_cast<std::int32_t>(index);
}

}  // namespace

void MeasuredComparison::Pairs::add(std::int64_t simulated_value, std::int64_t recorded_value,
                                    double unit, double distance, bool exact) {
  ++count;
  if (exact) {
    simulated.push_back(static_cast<double>(simulated_value) / unit);
    recorded.push_back(static_cast<double>(recorded_value) / unit);
    if (!std::isnan(distance)) error.push_back(distance);
    return;
  }
  simulated_bins.add(simulated_value, 1);
  recorded_bins.add(recorded_value, 1);
  if (!std::isnan(distance))
    error_bins.add(static_cast<std::int64_t>(std::min(distance, kWorstDistance) * kSecond), 1);
}

RecordedFigure MeasuredComparison::Pairs::summarise(double unit) {
  RecordedFigure figure;
  figure.requests = count;
  const bool streamed = simulated_bins.count() > 0;
  figure.simulated = streamed ? from_bins(simulated_bins, unit) : summarise_exact(simulated);
  figure.recorded = streamed ? from_bins(recorded_bins, unit) : summarise_exact(recorded);
  figure.request_error = streamed ? from_bins(error_bins, kSecond) : summarise_exact(error);
  return figure;
}

MeasuredComparison::MeasuredComparison(std::shared_ptr<const Workload> workload,
                                       std::shared_ptr<const RecordedPlacement> placement,
                                       bool exact)
    : workload_(std::move(workload)), placement_(std::move(placement)), exact_(exact) {
  const Trace& trace = workload_->trace;
  active_ = !trace.recorded_ttft.empty() || !trace.recorded_service.empty() ||
            !trace.recorded_cached_tokens.empty() || placement_->fits();
  if (active_) pairs_.resize(kFigures);
}

MeasuredComparison::Record MeasuredComparison::record_of(RequestId request,
                                                         std::uint32_t output_tokens) const {
  const Trace& trace = workload_->trace;
  const std::uint32_t row = workload_->row[request];
  Record record;
  if (!trace.recorded_ttft.empty()) record.ttft_ps = trace.recorded_ttft[row].ps;
  if (!trace.recorded_service.empty()) record.e2e_ps = trace.recorded_service[row].ps;
  if (!trace.recorded_cached_tokens.empty())
    record.cached_tokens = trace.recorded_cached_tokens[row];
  if (output_tokens > 1 && record.ttft_ps >= 0 && record.e2e_ps >= record.ttft_ps)
    record.tpot_ps = (record.e2e_ps - record.ttft_ps) / (output_tokens - 1);
  return record;
}

void MeasuredComparison::add(const RequestRecord& row) {
  const Record record = record_of(row.request, row.output_tokens);
  if (row.instance != kNoIndex && placement_->fits()) add_placement(row);
  if (!record.any()) return;
  ++sums_.requests;
  if (row.outcome != Outcome::kFinished) {
    ++sums_.unfinished;
    return;
  }
  add_times(row, record);
  if (record.cached_tokens >= 0) add_cached(row, record);
}

void MeasuredComparison::add_times(const RequestRecord& row, const Record& record) {
  const std::int64_t ttft_ps = (row.first_token - row.arrival).ps;
  const std::int64_t e2e_ps = (row.end - row.arrival).ps;
  const auto pair = [&](Figure figure, std::int64_t simulated, std::int64_t recorded) {
    if (recorded < 0) return;
    pairs_[figure].add(simulated, recorded, kSecond, relative_distance(simulated, recorded),
                       exact_);
  };
  pair(kTtft, ttft_ps, record.ttft_ps);
  pair(kE2e, e2e_ps, record.e2e_ps);
  if (row.output_tokens > 1)
    pair(kTpot, (e2e_ps - ttft_ps) / (row.output_tokens - 1), record.tpot_ps);
  if (record.e2e_ps < 0) return;
  first_arrival_ = std::min(first_arrival_, row.arrival);
  simulated_end_ = std::max(simulated_end_, row.end);
  recorded_end_ = std::max(recorded_end_, row.arrival + SimTime{record.e2e_ps});
}

void MeasuredComparison::add_cached(const RequestRecord& row, const Record& record) {
  const double distance = std::abs(static_cast<double>(row.hit_tokens) - record.cached_tokens) /
                          static_cast<double>(row.input_tokens);
  pairs_[kCached].add(row.hit_tokens, record.cached_tokens, kToken, distance, exact_);
  prompt_tokens_ += row.input_tokens;
  simulated_cached_ += row.hit_tokens;
  recorded_cached_ += static_cast<std::uint64_t>(record.cached_tokens);
}

void MeasuredComparison::add_placement(const RequestRecord& row) {
  const std::uint32_t trace_row = workload_->row[row.request];
  if (placement_->entry(trace_row) == kNoIndex) {
    ++sums_.without_instance;
    return;
  }
  ++sums_.with_instance;
  if (placement_->entry(trace_row) == row.instance) ++sums_.same_instance;
}

void MeasuredComparison::fill_columns(RequestColumns& columns) const {
  const Trace& trace = workload_->trace;
  const bool ttft = !trace.recorded_ttft.empty();
  const bool e2e = !trace.recorded_service.empty();
  for (std::size_t kept = 0; kept < columns.request.size(); ++kept) {
    const RequestId request{static_cast<std::uint32_t>(columns.request[kept])};
    const Record record = record_of(request, columns.output_tokens[kept]);
    if (ttft) columns.recorded_ttft_s.push_back(seconds_or_nan(record.ttft_ps));
    if (ttft && e2e) columns.recorded_tpot_s.push_back(seconds_or_nan(record.tpot_ps));
    if (e2e) columns.recorded_e2e_s.push_back(seconds_or_nan(record.e2e_ps));
    if (!trace.recorded_cached_tokens.empty())
      columns.recorded_cached_tokens.push_back(record.cached_tokens);
    if (!placement_->fits()) continue;
    const std::uint32_t row = workload_->row[request];
    columns.recorded_instance.push_back(number_or_none(placement_->entry(row)));
    if (placement_->split())
      columns.recorded_decode_instance.push_back(number_or_none(placement_->decode(row)));
  }
}

void MeasuredComparison::finish(RunSummary& summary, RequestColumns& columns) {
  if (!active_) return;
  fill_columns(columns);
  if (sums_.requests == 0 && sums_.with_instance == 0) return;
  sums_.closed_loop = workload_->trace.closed_loop() || workload_->concurrency > 0;
  sums_.ttft = pairs_[kTtft].summarise(kSecond);
  sums_.tpot = pairs_[kTpot].summarise(kSecond);
  sums_.e2e = pairs_[kE2e].summarise(kSecond);
  sums_.cached_tokens = pairs_[kCached].summarise(kToken);
  const double prompts = prompt_tokens_ == 0 ? kNaN : static_cast<double>(prompt_tokens_);
  sums_.simulated_hit_ratio = static_cast<double>(simulated_cached_) / prompts;
  sums_.recorded_hit_ratio = static_cast<double>(recorded_cached_) / prompts;
  const bool comparable = workload_->as_recorded && first_arrival_ != kNever;
  sums_.simulated_makespan_s = comparable ? to_seconds(simulated_end_ - first_arrival_) : kNaN;
  sums_.recorded_makespan_s = comparable ? to_seconds(recorded_end_ - first_arrival_) : kNaN;
  summary.recorded = sums_;
}

}  // namespace pigou
