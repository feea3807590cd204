#include "trace/synthesis/fitted/likeness.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pigou {
namespace {

std::vector<double> numbers(const std::vector<std::uint32_t>& column) {
  return {column.begin(), column.end()};
}

std::vector<double> gaps_of(const Trace& trace) {
  std::vector<double> gaps;
  if (trace.closed_loop()) {
    for (const Trace::Lane& lane : trace.lanes)
      for (std::uint32_t row = lane.first_row + 1; row < lane.end_row; ++row)
        gaps.push_back(to_seconds(trace.think[row]));
  } else {
    for (std::size_t row = 1; row < trace.rows(); ++row)
      gaps.push_back(to_seconds(trace.arrival[row] - trace.arrival[row - 1]));
  }
  return gaps;
}

double mean_rate(const Trace& trace) {
  const double span = to_seconds(trace.arrival.back() - trace.arrival.front());
  return span > 0 ? static_cast<double>(trace.rows()) / span : 0;
}

std::string plain(double value) {
  char text[40];
  std::snprintf(text, sizeof text, std::abs(value) < 10 ? "%.4f" : "%.1f", value);
  return text;
}

}  // namespace

double LikenessRow::difference() const {
  return original == 0 ? (synthetic == 0 ? 0 : INFINITY) : synthetic / original - 1;
}

double ks_distance(std::vector<double> a, std::vector<double> b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty() ? 0 : 1;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double most = 0;
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const double value = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == value) ++i;
    while (j < b.size() && b[j] == value) ++j;
    most = std::max(most, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                   static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return most;
}

std::vector<LikenessRow> compare_traces(const FittedModel& model, const Trace& synthetic,
                                        const Trace* original) {
  const TraceFigures& want = model.figures;
  const TraceFigures got = measure_figures(synthetic, want.cache_blocks);
  std::vector<LikenessRow> rows = {
      {"input mean", "tokens", want.input_mean, got.input_mean},
      {"input p99", "tokens", want.input_p99, got.input_p99},
      {"output mean", "tokens", want.output_mean, got.output_mean},
      {"output p99", "tokens", want.output_p99, got.output_p99},
      {"requests that continue one", "1", want.follow_share, got.follow_share}};
  if (!model.closed_loop)
    rows.push_back({"variance/mean of 10 s counts", "1", want.dispersion_10s, got.dispersion_10s});
  if (!model.closed_loop && original != nullptr)
    rows.push_back({"mean rate", "1/s", mean_rate(*original), mean_rate(synthetic)});
  if (model.block_tokens != 0)
    rows.push_back({"prefix hit, unbounded cache", "1", want.hit_ratio, got.hit_ratio});
  for (std::size_t i = 0; i < want.cache_blocks.size(); ++i)
    rows.push_back({"prefix hit, LRU of " + std::to_string(want.cache_blocks[i]) + " blocks", "1",
                    want.cache_hits[i], got.cache_hits[i]});
  if (original == nullptr) return rows;
  const auto distance = [&rows](const char* name, std::vector<double> a, std::vector<double> b) {
    rows.push_back({name, "1", 0, ks_distance(std::move(a), std::move(b)), true});
  };
  distance("KS input", numbers(original->input_tokens), numbers(synthetic.input_tokens));
  distance("KS output", numbers(original->output_tokens), numbers(synthetic.output_tokens));
  distance(model.closed_loop ? "KS think time" : "KS gap between arrivals", gaps_of(*original),
           gaps_of(synthetic));
  return rows;
}

std::vector<std::string> describe_likeness(const std::vector<LikenessRow>& rows) {
  char line[160];
  std::snprintf(line, sizeof line, "%-36s %14s %14s %11s", "", "original", "synthetic",
                "difference");
  std::vector<std::string> lines = {line};
  for (const LikenessRow& row : rows) {
    const std::string name = row.unit == "1" ? row.name : row.name + " (" + row.unit + ")";
    if (row.distance) {
      std::snprintf(line, sizeof line, "%-36s %14s %14.4f", name.c_str(), "", row.synthetic);
    } else {
      std::snprintf(line, sizeof line, "%-36s %14s %14s %+9.2f %%", name.c_str(),
                    plain(row.original).c_str(), plain(row.synthetic).c_str(),
                    row.difference() * 100);
    }
    lines.emplace_back(line);
  }
  return lines;
}

}  // namespace pigou
