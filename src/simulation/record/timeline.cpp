#include "simulation/record/timeline.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/stop.hpp"

namespace pigou {
namespace {

constexpr std::size_t kTimelineRows = 4096;

}  // namespace

SimTime timeline_period(const OutputConfig& output, const Workload& workload,
                        std::uint32_t instances) {
  if (output.timeline_s > 0) return from_seconds(output.timeline_s, "output.timeline_s");
  if (workload.arrival.empty()) return {10 * kPsPerSecond};
  const std::int64_t span = workload.arrival.back().ps - workload.arrival.front().ps;
  const std::int64_t rows = std::clamp<std::int64_t>(500'000 / instances, 50, 400);
  return {std::max<std::int64_t>(1, span / rows / kPsPerSecond) * kPsPerSecond};
}

void Timeline::sample(SimTime until, const Cluster& cluster, std::uint64_t arrived,
                      std::uint64_t done) {
  while (next_ < until) {
    stop_if_asked();
    if (arrived > 0) add_row(next_, cluster, arrived - done);
    next_ += period_;
  }
}

/// Coefficient of variation of the pending prompt tokens over the entry instances.
double Timeline::imbalance() const {
  double sum = 0;
  double squares = 0;
  for (const std::int64_t tokens : pending_prefill_) {
    sum += static_cast<double>(tokens);
    squares += static_cast<double>(tokens) * static_cast<double>(tokens);
  }
  const auto n = static_cast<double>(pending_prefill_.size());
  const double mean = sum / n;
  const double variance = std::max(0.0, squares / n - mean * mean);
  return sum > 0 ? std::sqrt(variance) / mean : 0;
}

void Timeline::add_row(SimTime at, const Cluster& cluster, std::uint64_t in_flight) {
  TimelineColumns& t = columns_;
  std::uint64_t used = 0;
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
  for (InstanceId i = 0; i < cluster.instances(); ++i) {
    const Gauges gauges = cluster.state(i, at + SimTime{1});
    used += gauges.used_blocks;
    running += gauges.running;
    waiting += gauges.waiting;
  }
  t.time_s.push_back(to_seconds(at));
  t.in_flight.push_back(static_cast<std::uint32_t>(in_flight));
  t.running.push_back(running);
  t.waiting.push_back(waiting);
  t.kv_used_blocks.push_back(used);
  t.cv_pending_prefill_tokens.push_back(imbalance());
  if (t.time_s.size() < kTimelineRows) return;
  const auto halve = [](auto& column) {
    for (std::size_t i = 0; 2 * i + 1 < column.size(); ++i) column[i] = column[2 * i + 1];
    column.resize(column.size() / 2);
  };
  halve(t.time_s), halve(t.in_flight), halve(t.running), halve(t.waiting);
  halve(t.kv_used_blocks), halve(t.cv_pending_prefill_tokens);
  period_ = period_ * 2;
}

double Timeline::mean_imbalance() const {
  double sum = 0;
  std::size_t count = 0;
  for (const double value : columns_.cv_pending_prefill_tokens) {
    if (value <= 0) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

}  // namespace pigou
