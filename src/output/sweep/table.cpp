#include <algorithm>
#include <cmath>
#include <numeric>

#include "output/sweep/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/seed_note.hpp"
#include "output/text/setting_unit.hpp"
#include "output/text/table.hpp"
#include "study/figures.hpp"

namespace pigou {
namespace {

constexpr std::size_t kMostRows = 100;  ///< points shown in full; of more, the best
constexpr std::size_t kBestRows = 20;

constexpr std::string_view kAttained = "goodput.attained_fraction", kLatency = "e2e_s.mean";
constexpr std::string_view kShown[] = {
    "ttft_s.p90",     "tpot_s.p50", kLatency, kAttained, "throughput.requests_per_s",
    "cache.hit_ratio"};

bool has_targets(const SloConfig& slo) { return slo.ttft_s > 0 || slo.tpot_s > 0 || slo.e2e_s > 0; }

/// "95.9 %"
std::string with_unit(const Figure& figure, double value, int digits) {
  return significant(value * figure.shown.scale, digits).append(" ").append(figure.shown.unit);
}

class SweepTable {
 public:
  SweepTable(const SweepPlan& plan, const SweepResults& results)
      : plan_(plan), results_(results), targets_(has_targets(plan.base.config.slo)) {
    const double arrived = total("requests.arrived");
    all_finished_ = total("requests.finished") == arrived;
    // What became of the requests, where some did not finish at their first attempt.
    for (const Figure* figure : figures_called(kRequestCounts))
      if ((!all_finished_ || total("requests.retries") > 0) && total(figure->key) > 0)
        figures_.push_back(figure);
    for (const Figure* figure : figures_called(kShown))
      if (targets_ || figure->key != kAttained) figures_.push_back(figure);
  }

  /// What points are ranked by: the share that met the targets, or mean latency without any.
  const Figure& deciding() const { return figure_called(targets_ ? kAttained : kLatency); }

  std::string rows() const {
    std::vector<TableColumn> columns;
    for (const auto& setting : grid_settings(plan_.axes, 0))
      columns.push_back({setting_title(setting.key, plan_.base), "", TableColumn::Side::kLeft});
    for (const Figure* figure : figures_)
      columns.push_back({std::string(figure->shown.title), std::string(figure->shown.unit)});
    columns.push_back({"±", std::string(deciding().shown.unit)});
    TextTable table(columns);
    for (const std::size_t point : shown_points()) table.row(row(point));
    return table.text();
  }

  std::vector<std::size_t> ranking() const {
    std::vector<std::size_t> order(plan_.points);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<double> key(plan_.points);
    for (const std::size_t point : order) {
      const double mean = mean_of(results_.values(deciding().key, point));
      const double cost = deciding().lower_is_better() ? mean : -mean;
      key[point] = std::isfinite(cost) ? cost : INFINITY;
    }
    std::ranges::stable_sort(order, {}, [&](std::size_t point) { return key[point]; });
    return order;
  }

  std::string best_text() const {
    const std::size_t best = ranking().front();
    // The best of many is lucky: its interval holds for all of them at once (Bonferroni).
    const double confidence = 1 - 0.05 / static_cast<double>(plan_.points);
    const MeanInterval mean = mean_interval(results_.values(deciding().key, best), confidence);
    if (!std::isfinite(mean.mean)) return "No point finished a request.";
    std::string text =
        "Best of " + grouped(plan_.points) + " points by " + deciding().heading() + ": ";
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
  double total(std::string_view key) const {
    double sum = 0;
    for (std::size_t point = 0; point < plan_.points; ++point)
      for (const double value : results_.values(key, point)) sum += value;
    return sum;
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
    for (const Figure* figure : figures_) {
      const double mean = mean_of(results_.values(figure->key, point));
      const bool whole = figure->count != nullptr && mean == std::floor(mean);
      cells.push_back(whole ? grouped(static_cast<std::uint64_t>(mean))
                            : significant(mean * figure->shown.scale, 4));
    }
    const MeanInterval mean = mean_interval(results_.values(deciding().key, point));
    const bool random = results_.randomness()[point] != 0;
    cells.push_back(random ? significant(mean.half_width * deciding().shown.scale, 2) : "exact");
    return cells;
  }

  const SweepPlan& plan_;
  const SweepResults& results_;
  bool targets_;
  bool all_finished_ = true;
  std::vector<const Figure*> figures_;
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
  text += "\n" + paragraph("seeds", seeds_text(plan, results, table.deciding().heading()));
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
