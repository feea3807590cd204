#include "output/run/beside_measured.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "output/text/numbers.hpp"
#include "output/text/table.hpp"

namespace pigou {
namespace {

constexpr std::size_t kLabel = 12;

/// A figure with what a reader must know of it.
struct Figure {
  const RecordedFigure& values;
  const char* path;
  const char* title;  ///< in the table
  const char* unit;
  const char* words;  ///< in descriptions
  double scale;       ///< from `unit` to the table's
};

std::array<Figure, 4> figures_of(const RecordedSummary& recorded) {
  return {{{recorded.ttft, "ttft_s", "TTFT s", "s", "TTFT", 1},
           {recorded.tpot, "tpot_s", "TPOT ms", "s", "TPOT", 1e3},
           {recorded.e2e, "e2e_s", "E2E s", "s", "E2E", 1},
           {recorded.cached_tokens, "cached_tokens", "cached tok", "tokens", "cached prompt tokens",
            1}}};
}

struct Statistic {
  const char* name;
  double LatencySummary::*value;
};
constexpr std::array<Statistic, 4> kStatistics = {{{"mean", &LatencySummary::mean},
                                                   {"p50", &LatencySummary::p50},
                                                   {"p90", &LatencySummary::p90},
                                                   {"p99", &LatencySummary::p99}}};

/// simulated / recorded - 1.
double error_of(double simulated, double recorded) {
  return recorded > 0 ? simulated / recorded - 1 : std::numeric_limits<double>::quiet_NaN();
}

std::string signed_percent(double fraction) {
  std::string text = percent(fraction);
  if (fraction > 0) text.insert(text.begin(), '+');
  return text;
}

class Numbers {
 public:
  void count(std::string path, std::string unit, std::string description, std::uint64_t value) {
    all.push_back({std::move(path), std::move(unit), std::move(description), true, value, 0});
  }
  void real(std::string path, std::string unit, std::string description, double value) {
    all.push_back({std::move(path), std::move(unit), std::move(description), false, 0, value});
  }
  void pair(const std::string& path, const std::string& unit, const std::string& words,
            double simulated, double recorded) {
    if (std::isnan(simulated) || std::isnan(recorded)) return;
    real(path + ".simulated", unit, words + ", simulated.", simulated);
    real(path + ".recorded", unit, words + ", recorded.", recorded);
  }
  void figure(const Figure& figure) {
    const RecordedFigure& f = figure.values;
    if (f.requests == 0) return;
    const std::string path = figure.path;
    const std::string words = figure.words;
    count(path + ".requests", "requests", "Finished requests with recorded " + words + ".",
          f.requests);
    const auto side = [&](const char* name, const LatencySummary& values) {
      for (const Statistic& s : kStatistics)
        real(path + "." + name + "." + s.name, figure.unit,
             std::string(s.name) + " of " + words + ", " + name + ", over these requests.",
             values.*s.value);
    };
    side("simulated", f.simulated);
    side("recorded", f.recorded);
    for (const Statistic& s : kStatistics)
      real(path + ".error." + s.name, "1",
           "Simulated over recorded " + std::string(s.name) + " of " + words + ", less 1.",
           error_of(f.simulated.*s.value, f.recorded.*s.value));
    const bool tokens = path == "cached_tokens";
    for (const Statistic& s : {kStatistics[1], kStatistics[2]})
      real(path + ".request_error." + s.name, "1",
           std::string(s.name) + " over requests of |simulated - recorded| over the " +
               (tokens ? "prompt." : "recorded value."),
           f.request_error.*s.value);
  }

  std::vector<RecordedNumber> all;
};

/// Two sides of each figure, their error, over how many requests, and the error of single ones.
std::string figure_rows(const RecordedSummary& recorded) {
  using Side = TableColumn::Side;
  std::vector<TableColumn> columns = {{"", "", Side::kLeft, kLabel - 2}, {"", "", Side::kLeft, 9}};
  for (const char* title : {"mean", "p50", "p90", "p99", "requests", "each, p50"})
    columns.push_back({title, "", Side::kRight, 9});
  TextTable table(columns);
  const auto row = [&](std::vector<std::string> cells, auto cell, const std::string& requests,
                       const std::string& each) {
    for (const Statistic& s : kStatistics) cells.push_back(cell(s.value));
    cells.insert(cells.end(), {requests, each});
    table.row(cells);
  };
  bool any = false;
  for (const Figure& figure : figures_of(recorded)) {
    const RecordedFigure& f = figure.values;
    if (f.requests == 0) continue;
    any = true;
    const auto of = [&](const LatencySummary& side) {
      return [&](auto value) { return significant(side.*value * figure.scale, 4); };
    };
    row({figure.title, "simulated"}, of(f.simulated), "", "");
    row({"", "recorded"}, of(f.recorded), grouped(f.requests), "");
    const auto error = [&](auto value) {
      return signed_percent(error_of(f.simulated.*value, f.recorded.*value));
    };
    row({"", "error"}, error, "", percent(f.request_error.p50));
  }
  return any ? table.text() : std::string();
}

std::string pair_text(double simulated, double recorded, const std::string& simulated_text,
                      const std::string& recorded_text) {
  return simulated_text + " simulated, " + recorded_text + " recorded (" +
         signed_percent(error_of(simulated, recorded)) + ")";
}

}  // namespace

std::vector<RecordedNumber> recorded_numbers(const RecordedSummary& recorded) {
  Numbers numbers;
  numbers.count("requests", "requests",
                "Ended requests of which latencies or cached tokens are recorded.",
                recorded.requests);
  numbers.count("unfinished", "requests", "Of them, not finished here and in no figure.",
                recorded.unfinished);
  for (const Figure& figure : figures_of(recorded)) numbers.figure(figure);
  numbers.pair("hit_ratio", "1", "Cached tokens over prompt tokens of the requests compared",
               recorded.simulated_hit_ratio, recorded.recorded_hit_ratio);
  numbers.pair("makespan_s", "s", "First arrival to last end of the requests compared by E2E",
               recorded.simulated_makespan_s, recorded.recorded_makespan_s);
  if (recorded.with_instance == 0) return std::move(numbers.all);
  numbers.count("placement.requests", "requests", "Placed requests whose instance is recorded.",
                recorded.with_instance);
  numbers.count("placement.without", "requests", "Placed requests whose instance is not recorded.",
                recorded.without_instance);
  numbers.real(
      "placement.agreement", "1", "Share placed where the recorded router placed them.",
      static_cast<double>(recorded.same_instance) / static_cast<double>(recorded.with_instance));
  return std::move(numbers.all);
}

std::string recorded_differences(const Scenario& scenario, const RecordedSummary& recorded) {
  const WorkloadOptions& w = scenario.workload;
  std::string text;
  const auto add = [&](bool differs, const std::string& part) {
    if (differs) text += (text.empty() ? "" : ", ") + part;
  };
  add(w.head > 0 || w.window_begin_s || w.window_end_s || w.part.parts > 1, "a part of the trace");
  add(w.thin < 1, "thinned");
  add(w.sample_sessions < 1, "a sample of sessions");
  add(w.arrivals.has_value(), "other arrivals");
  add(w.truncate_input_tokens > 0, "prompts cut");
  add(w.rate_scale != 1, "rate_scale " + significant(w.rate_scale, 3));
  add(w.repeat > 1, grouped(w.repeat) + " repeats");
  add(w.overlay > 1, grouped(w.overlay) + " copies laid over each other");
  add(w.load != 1, "load " + significant(w.load, 3));
  add(w.jitter_s > 0, "jitter");
  add(w.concurrency > 0, "a fixed concurrency");
  add(recorded.closed_loop && w.concurrency == 0 && w.sessions_start != "recorded",
      "sessions start " + w.sessions_start);
  add(w.sessions_max_concurrent > 0, "a limit of concurrent sessions");
  return text;
}

std::string recorded_table(const Scenario& scenario, const RunSummary& summary) {
  if (!summary.recorded) return {};
  const RecordedSummary& r = *summary.recorded;
  const std::string differences = recorded_differences(scenario, r);
  std::string text = paragraph(
      "recorded",
      grouped(r.requests) + " of " + grouped(summary.arrived) + " requests have a record, " +
          grouped(r.unfinished) + " of them did not finish here" +
          (differences.empty() ? "" : "; the record is of another load (" + differences + ")"),
      kLabel);
  text += figure_rows(r);
  if (!std::isnan(r.recorded_hit_ratio))
    text += left("hit ratio", kLabel) +
            pair_text(r.simulated_hit_ratio, r.recorded_hit_ratio, percent(r.simulated_hit_ratio),
                      percent(r.recorded_hit_ratio)) +
            "\n";
  if (!std::isnan(r.recorded_makespan_s))
    text += left("makespan", kLabel) +
            pair_text(r.simulated_makespan_s, r.recorded_makespan_s,
                      significant(r.simulated_makespan_s, 4) + " s",
                      significant(r.recorded_makespan_s, 4) + " s") +
            "\n";
  if (r.with_instance > 0)
    text += left("placement", kLabel) + grouped(r.same_instance) + " of " +
            grouped(r.with_instance) + " requests where the log sent them, " +
            grouped(r.without_instance) + " without a record\n";
  return text + "\n";
}

}  // namespace pigou
