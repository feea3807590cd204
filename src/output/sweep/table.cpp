#include <algorithm>
#include <cmath>
#include <numeric>

#include "output/sweep/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/seed_note.hpp"

namespace pigou {
namespace {

constexpr std::size_t kMostRows = 100;  ///< points shown in full; of more, the best
constexpr std::size_t kBestRows = 20;

struct TableFigure {
  const char* path;
  const char* title;
  double scale;
  bool lower_is_better;
};

constexpr TableFigure kFigures[] = {
    {"ttft_s/p90", "TTFT p90 s", 1, true},
    {"tpot_s/p50", "TPOT p50 ms", 1e3, true},
    {"e2e_s/mean", "E2E mean s", 1, true},
    {"goodput/attained_fraction", "SLO met %", 100, false},
    {"throughput/requests_per_s", "requests/s", 1, false},
    {"cache/hit_ratio", "cache hit %", 100, false},
};
constexpr const char* kAttained = "goodput/attained_fraction";

bool has_targets(const SloConfig& slo) { return slo.ttft_s > 0 || slo.tpot_s > 0 || slo.e2e_s > 0; }

/// What became of the requests; shown where some request did not finish at its first attempt.
constexpr TableFigure kCounts[] = {
    {"requests/arrived", "arrived req", 1, false},
    {"requests/finished", "finished req", 1, false},
    {"requests/rejected", "rejected req", 1, true},
    {"requests/timed_out", "timed out req", 1, true},
    {"requests/failed", "failed req", 1, true},
    {"requests/in_flight", "in flight req", 1, true},
    {"requests/retries", "retries", 1, true},
};

/// "95.9 %": with the unit that the title ends in.
std::string with_unit(const TableFigure& figure, double value, int digits) {
  const std::string_view title = figure.title;
  return significant(value * figure.scale, digits)
      .append(" ")
      .append(title.substr(title.rfind(' ') + 1));
}

struct Table {
  std::vector<std::vector<std::string>> rows;

  /// Columns as wide as their widest cell, settings to the left, figures to the right.
  std::string text(std::size_t left_columns) const {
    std::vector<std::size_t> width(rows.front().size());
    for (const auto& row : rows)
      for (std::size_t c = 0; c < row.size(); ++c)
        width[c] = std::max(width[c], right(row[c], 0).size() - extra_bytes(row[c]));
    std::string all;
    for (const auto& row : rows) {
      std::string line;
      for (std::size_t c = 0; c < row.size(); ++c)
        line += c < left_columns ? left(row[c], width[c] + 2) : right(row[c], width[c] + 2);
      while (line.ends_with(' ')) line.pop_back();
      all += line + "\n";
    }
    return all;
  }

 private:
  static std::size_t extra_bytes(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) == 0x80; }));
  }
};

class SweepTable {
 public:
  SweepTable(const SweepPlan& plan, const SweepResults& results)
      : plan_(plan), results_(results), targets_(has_targets(plan.base.config.slo)) {
    const double arrived = total("requests/arrived");
    all_finished_ = total("requests/finished") == arrived;
    for (const auto& figure : kCounts)
      if ((!all_finished_ || total("requests/retries") > 0) && total(figure.path) > 0)
        figures_.push_back(&figure);
    for (const auto& figure : kFigures)
      if (shown(figure)) figures_.push_back(&figure);
  }

  /// What points are ranked by: the share that met the targets, or mean latency without any.
  const TableFigure& deciding() const {
    return *std::ranges::find_if(kFigures, [&](const TableFigure& figure) {
      return std::string_view(figure.path) == (targets_ ? kAttained : "e2e_s/mean");
    });
  }

  std::string rows() const {
    Table table;
    auto& head = table.rows.emplace_back();
    const auto settings = grid_settings(plan_.axes, 0);
    for (const auto& setting : settings) head.push_back(titled(setting.key));
    for (const TableFigure* figure : figures_) head.push_back(figure->title);
    const std::string_view deciding_title = deciding().title;
    head.push_back("±" + std::string(deciding_title.substr(deciding_title.rfind(' '))));
    for (const std::size_t point : shown_points()) table.rows.push_back(row(point));
    return table.text(settings.size());
  }

  std::vector<std::size_t> ranking() const {
    std::vector<std::size_t> order(plan_.points);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<double> key(plan_.points);
    for (const std::size_t point : order) {
      const double mean = mean_of(results_.values(deciding().path, point));
      const double cost = deciding().lower_is_better ? mean : -mean;
      key[point] = std::isfinite(cost) ? cost : INFINITY;
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t point) { return key[point]; });
    return order;
  }

  std::string best_text() const {
    const std::size_t best = ranking().front();
    // The best of many is lucky: its interval holds for all of them at once (Bonferroni).
    const double confidence = 1 - 0.05 / static_cast<double>(plan_.points);
    const MeanInterval mean = mean_interval(results_.values(deciding().path, best), confidence);
    if (!std::isfinite(mean.mean)) return "No point finished a request.";
    std::string text = "Best of " + grouped(plan_.points) + " points by " + deciding().title + ": ";
    for (const auto& [key, value] : grid_settings(plan_.axes, best))
      text.append(text.ends_with(": ") ? "" : ", ").append(key).append("=").append(value);
    text += " with " + with_unit(deciding(), mean.mean, 4);
    if (results_.randomness()[best] != 0 && std::isfinite(mean.half_width))
      text += " ± " + with_unit(deciding(), mean.half_width, 2) + ", 95 % for all " +
              grouped(plan_.points) + " points at once";
    return text + ". It was chosen among all: compare it with the runner-up before trusting it.";
  }

  std::string latencies_text() const {
    return "over finished requests" +
           std::string(all_finished_ ? ", which are all that arrived at every point"
                                     : ", as many as the table says") +
           "; TPOT over those of them with 2 tokens and more";
  }

  /// Each clause once, with how many points it is about unless that is all.
  std::string assumed_text() const {
    std::vector<std::pair<std::string, std::uint64_t>> clauses;
    for (std::size_t point = 0; point < plan_.points; ++point) {
      for (const std::string& clause : results_.assumed().at(point)) {
        const auto known =
            std::ranges::find(clauses, clause, &std::pair<std::string, std::uint64_t>::first);
        if (known == clauses.end())
          clauses.emplace_back(clause, 1);
        else
          ++known->second;
      }
    }
    std::vector<std::string> texts;
    texts.reserve(clauses.size() + 1);
    for (const auto& [clause, points] : clauses)
      texts.push_back(points == plan_.points ? clause
                                             : clause + " (" + grouped(points) + " of " +
                                                   grouped(plan_.points) + " points)");
    const std::string note = sweep_assumptions(plan_, results_);
    if (!note.empty()) texts.push_back(note);
    return joined(texts);
  }

 private:
  /// Over all points and seeds.
  double total(const std::string& path) const {
    double sum = 0;
    for (std::size_t point = 0; point < plan_.points; ++point)
      for (const double value : results_.values(path, point)) sum += value;
    return sum;
  }

  /// The key of an axis, with its unit unless its name says it.
  std::string titled(const std::string& key) const {
    const std::string unit = unit_of(key, plan_.base);
    return unit == "1" || key.ends_with("_" + unit) ? key : key + " " + unit;
  }

  bool shown(const TableFigure& figure) const {
    return targets_ || std::string_view(figure.path) != kAttained;
  }

  std::vector<std::size_t> shown_points() const {
    auto points = ranking();
    if (points.size() > kMostRows) {
      points.resize(kBestRows);
      return points;
    }
    std::ranges::sort(points);
    return points;
  }

  std::vector<std::string> row(std::size_t point) const {
    std::vector<std::string> cells;
    for (const auto& setting : grid_settings(plan_.axes, point)) cells.push_back(setting.value);
    for (const TableFigure* figure : figures_) {
      const double mean = mean_of(results_.values(figure->path, point));
      const bool whole =
          std::string_view(figure->path).starts_with("requests/") && mean == std::floor(mean);
      cells.push_back(whole ? grouped(static_cast<std::uint64_t>(mean))
                            : significant(mean * figure->scale, 4));
    }
    const MeanInterval mean = mean_interval(results_.values(deciding().path, point));
    const bool random = results_.randomness()[point] != 0;
    cells.push_back(random ? significant(mean.half_width * deciding().scale, 2) : "exact");
    return cells;
  }

  const SweepPlan& plan_;
  const SweepResults& results_;
  bool targets_;
  bool all_finished_ = true;
  std::vector<const TableFigure*> figures_;
};

std::string seeds_text(const SweepPlan& plan, const SweepResults& results,
                       const std::string& deciding) {
  const auto exact = std::ranges::count(results.randomness(), std::uint8_t{0});
  std::string text = std::to_string(plan.seeds.size()) + " seeds from " +
                     std::to_string(plan.seeds.front()) +
                     "; figures are means over them, ± is half the width of the 95 % interval of " +
                     deciding + " (Student's t), each by itself";
  if (plan.seeds.size() == 1) text = "one, so nothing is known of the next";
  if (exact > 0)
    text += "; " + grouped(static_cast<std::uint64_t>(exact)) +
            " points draw nothing and ran once, exact";
  return text;
}

}  // namespace

std::string sweep_assumptions(const SweepPlan& plan, const SweepResults& results) {
  const bool drawn = std::ranges::any_of(results.randomness(), [](auto r) { return r != 0; });
  return seed_note(plan.seeds.size(), drawn);
}

std::string sweep_table(const SweepPlan& plan, const SweepResults& results, const RunTimes& times,
                        const std::string& result_file) {
  const SweepTable table(plan, results);
  std::string text = "sweep of " + plan.base.name + " (" + plan.base.hash + "), " +
                     grouped(plan.points) + " points x " + grouped(plan.seeds.size()) + " seeds, " +
                     build_text() + "\n\n" + paragraph("", table.best_text(), 0) + "\n" +
                     table.rows();
  if (plan.points > kMostRows)
    text += "the best " + std::to_string(kBestRows) + " of " + grouped(plan.points) +
            " points; the result file and --json have all\n";
  text += "\n" + paragraph("seeds", seeds_text(plan, results, table.deciding().title));
  if (has_targets(plan.base.config.slo))
    text += paragraph("SLO", slo_text(plan.base.config.slo) + ", of the scenario without the axes");
  text += paragraph("latencies", table.latencies_text());
  std::string models;
  for (const auto& model : results.provenances().distinct)
    models += (models.empty() ? "" : " | ") + model;
  text += paragraph("model", models);
  text += paragraph("assumed", table.assumed_text());
  text += paragraph("wall", significant(times.process_s, 3) + " s");
  text += paragraph("results",
                    result_file.empty() ? "not kept; add -o FILE.h5 or --json" : result_file);
  return text;
}

}  // namespace pigou
