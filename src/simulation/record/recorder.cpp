#include "simulation/record/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random_stream.hpp"

namespace pigou {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr LatencySummary kNothing{kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, 0};

double seconds_or_nan(SimTime from, SimTime to) {
  return to == kNever ? kNaN : to_seconds(to - from);
}

std::int32_t index_or_none(std::uint32_t index) {
  return index == kNoIndex ? -1 : static_cast<std::int32_t>(index);
}

}  // namespace

RequestCounts& RequestCounts::operator+=(const RequestCounts& more) {
  arrived += more.arrived;
  finished += more.finished;
  rejected += more.rejected;
  timed_out += more.timed_out;
  failed += more.failed;
  in_flight += more.in_flight;
  retries += more.retries;
  return *this;
}

LatencySummary summarise_exact(std::vector<double>& values) {
  if (values.empty()) return kNothing;
  LatencySummary summary;
  summary.count = values.size();
  const auto count = static_cast<double>(values.size());
  summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  auto first = values.begin();
  const auto quantile = [&](double q) {
    const auto rank = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(q * count)));
    const auto nth = values.begin() + (rank - 1);
    if (nth >= first) std::nth_element(first, nth, values.end());
    first = nth;
    return *nth;
  };
  summary.p50 = quantile(0.5);
  summary.p90 = quantile(0.9);
  summary.p95 = quantile(0.95);
  summary.p99 = quantile(0.99);
  summary.max = *std::max_element(first, values.end());
  return summary;
}

LatencySummary summarise_bins(const LatencyHistogram& bins) {
  if (bins.count() == 0) return kNothing;
  return {bins.mean_ps() / 1e12,
          bins.quantile_ps(0.5) / 1e12,
          bins.quantile_ps(0.9) / 1e12,
          bins.quantile_ps(0.99) / 1e12,
          static_cast<double>(bins.max_ps()) / 1e12,
          bins.quantile_ps(0.95) / 1e12,
          bins.count()};
}

std::uint64_t sample_limit(std::uint32_t sample, std::uint64_t requests) {
  return sample < requests ? UINT64_MAX / requests * sample : UINT64_MAX;
}

void Recorder::Latency::add(SimTime value, bool keep_exact) {
  if (keep_exact)
    exact.push_back(to_seconds(value));
  else
    histogram.add(value.ps, 1);
}

LatencySummary Recorder::Latency::summarise() {
  return histogram.count() == 0 ? summarise_exact(exact) : summarise_bins(histogram);
}

Recorder::Recorder(const OutputConfig& output, const SloConfig& slo, std::uint64_t requests)
    : output_(output), goodput_(slo), exact_(output.requests == RequestOutput::kFull) {
  if (output.requests == RequestOutput::kFull) {
    rows_.resize(requests);
    for (Latency* latency : {&ttft_, &tpot_, &e2e_, &queue_}) latency->exact.reserve(requests);
  } else if (output.requests == RequestOutput::kSample && output.sample < requests) {
    sample_limit_ = sample_limit(output.sample, requests);
  } else if (output.requests == RequestOutput::kNone) {
    sample_limit_ = 0;
  }
}

/// The rows kept, in request order, turned into columns.
RequestColumns Recorder::columns() const {
  RequestColumns c;
  const auto fill = [&](auto& column, auto value_of) {
    column.reserve(rows_.size());
    for (const RequestRecord& row : rows_) column.push_back(value_of(row));
  };
  using Row = const RequestRecord&;
  const auto finished = [](Row r) { return r.outcome == Outcome::kFinished; };
  fill(c.request, [](Row r) { return r.request; });
  fill(c.arrival_s, [](Row r) { return to_seconds(r.arrival); });
  fill(c.queue_s, [](Row r) { return seconds_or_nan(r.arrival, r.scheduled); });
  fill(c.ttft_s, [](Row r) { return seconds_or_nan(r.arrival, r.first_token); });
  fill(c.tpot_s, [&](Row r) {
    const bool some = finished(r) && r.output_tokens > 1;
    return some ? to_seconds(r.end - r.first_token) / (r.output_tokens - 1) : kNaN;
  });
  fill(c.e2e_s, [&](Row r) { return finished(r) ? to_seconds(r.end - r.arrival) : kNaN; });
  fill(c.end_s, [](Row r) { return to_seconds(r.end); });
  fill(c.input_tokens, [](Row r) { return r.input_tokens; });
  fill(c.output_tokens, [](Row r) { return r.output_tokens; });
  fill(c.hit_tokens, [](Row r) { return r.hit_tokens; });
  fill(c.believed_tokens, [](Row r) { return r.believed_tokens; });
  fill(c.instance, [](Row r) { return index_or_none(r.instance); });
  fill(c.decode_instance, [](Row r) { return index_or_none(r.decode_instance); });
  fill(c.preemptions, [](Row r) { return r.preemptions; });
  fill(c.attempts, [](Row r) { return r.attempts; });
  fill(c.attempt, [](Row r) { return r.attempt; });
  fill(c.outcome, [](Row r) { return static_cast<std::uint8_t>(r.outcome); });
  return c;
}

void Recorder::record(const RequestRecord& row) {
  if (output_.requests == RequestOutput::kFull) {
    rows_[row.request] = row;
  } else if (mix64(row.request) < sample_limit_) {
    rows_.push_back(row);
  }
  if (row.outcome == Outcome::kRejected) ++rejected_;
  if (row.outcome == Outcome::kTimedOut) ++timed_out_;
  if (row.outcome == Outcome::kFailed) ++failed_;
  if (row.outcome != Outcome::kFinished) return;
  ++finished_;
  input_tokens_ += row.input_tokens;
  output_tokens_ += row.output_tokens;
  goodput_.add(row);
  ttft_.add(row.first_token - row.arrival, exact_);
  e2e_.add(row.end - row.arrival, exact_);
  queue_.add(row.scheduled - row.arrival, exact_);
  if (row.output_tokens > 1) {
    const SimTime decode = row.end - row.first_token;
    tpot_.add({decode.ps / (row.output_tokens - 1)}, exact_);
  }
}

void Recorder::finish(RunSummary& summary, RequestColumns& columns) {
  summary.finished = finished_;
  summary.rejected = rejected_;
  summary.timed_out = timed_out_;
  summary.failed = failed_;
  summary.in_flight = summary.arrived - finished_ - rejected_ - timed_out_ - failed_;
  summary.exact_percentiles = exact_;
  summary.ttft = ttft_.summarise();
  summary.tpot = tpot_.summarise();
  summary.e2e = e2e_.summarise();
  summary.queue = queue_.summarise();
  const double span = summary.simulated_s > 0 ? summary.simulated_s : kNaN;
  summary.input_tokens_per_s = static_cast<double>(input_tokens_) / span;
  summary.output_tokens_per_s = static_cast<double>(output_tokens_) / span;
  summary.requests_per_s = static_cast<double>(finished_) / span;
  goodput_.finish(summary);
  std::sort(rows_.begin(), rows_.end(),
            [](const auto& a, const auto& b) { return a.request < b.request; });
  columns = this->columns();
}

}  // namespace pigou
