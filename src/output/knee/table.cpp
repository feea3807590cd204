#include <algorithm>
#include <cmath>

#include "game/knee/crossing.hpp"
#include "output/knee/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/setting_unit.hpp"
#include "output/text/table.hpp"

namespace pigou {
namespace {

using Side = TableColumn::Side;

/// More curves than this are for pictures.
constexpr std::size_t kMostCurves = 2;

std::string load_cell(std::optional<double> load) { return load ? significant(*load, 3) : "none"; }

std::string interval_cell(const KneeEstimate& estimate) {
  if (!estimate.load || std::isnan(estimate.low)) return "-";
  return significant(estimate.low, 3) + " to " + significant(estimate.high, 3);
}

std::string rate_cell(const KneeCell& cell, std::optional<double> load) {
  return load ? significant(*load * cell.whole.rate_per_s, 3) : "-";
}

std::string knee_rows(const KneeTask& task) {
  const std::string rate = knee_rate_unit(task);
  std::vector<TableColumn> columns = {{"router", "", Side::kLeft}};
  for (const Setting& setting : task.cells.front().settings)
    columns.push_back({setting_title(setting.key, task.cells.front().scenario), "", Side::kLeft});
  for (const char* knee : {"onset", "limit"}) {
    columns.push_back({knee, "x"});
    columns.push_back({"interval", "", Side::kLeft, 12});
    columns.push_back({rate});
  }
  columns.push_back({"lowest cost", "s"});
  if (task.cells.size() > 1) columns.push_back({"at onset of cheapest", "x"});
  TextTable table(columns);
  for (const KneeCell& cell : task.cells) {
    std::vector<std::string> cells = {cell.label};
    for (const Setting& setting : cell.settings) cells.push_back(setting.value);
    for (const KneeEstimate* knee : {&cell.onset, &cell.limit}) {
      cells.push_back(load_cell(knee->load));
      cells.push_back(interval_cell(*knee));
      cells.push_back(rate_cell(cell, knee->load));
    }
    cells.push_back(significant(cell.whole.reference_cost_s(), 3));
    const auto beside = beside_best(task, cell);
    if (task.cells.size() > 1) cells.push_back(beside ? significant(beside->ratio, 3) : "-");
    table.row(cells);
  }
  return table.text();
}

std::string curve_rows(const KneeTask& task, const KneeCell& cell) {
  TextTable table({{"load", "x"},
                   {knee_rate_unit(task)},
                   {"TTFT", "s"},
                   {"E2E", "s"},
                   {"of lowest", "x"},
                   {"backlog grows", "%"},
                   {"cache hit", "%"},
                   {"regime", "", Side::kLeft}});
  for (const LoadPoint& point : cell.whole.points)
    table.row({significant(point.load, 3), significant(point.load * cell.whole.rate_per_s, 3),
               significant(point.ttft_s, 3), significant(point.e2e_s, 3),
               significant(point.cost_s / cell.whole.reference_cost_s(), 3),
               fixed(point.drift.growth * 100, 2), fixed(point.hit_ratio * 100, 1),
               regime_name(regime_at(point.load, cell.onset.load, cell.limit.load))});
  return "cost against load of " + knee_label(cell) + "\n" + table.text();
}

/// Of several cells: which has the highest limit and which the highest onset.
std::string best_of(const KneeTask& task, const char* name, KneeEstimate KneeCell::*knee) {
  const auto best = std::ranges::max_element(
      task.cells, {}, [knee](const KneeCell& cell) { return (cell.*knee).load.value_or(0); });
  if (!((*best).*knee).load) return "";
  return std::string("highest ") + name + ": " + significant(*((*best).*knee).load, 3) + "x (" +
         rate_cell(*best, ((*best).*knee).load) + " " + knee_rate_unit(task) + "), " +
         knee_label(*best);
}

std::string answer(const KneeTask& task) {
  const bool one = task.cells.size() == 1;
  if (one)
    return paragraph("", knee_label(task.cells[0]) + ": " + knee_verdict(task, task.cells[0]) + ".",
                     0);
  std::string text;
  for (const std::string& line :
       {best_of(task, "limit", &KneeCell::limit), best_of(task, "onset", &KneeCell::onset)})
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line;
  std::string lines = text.empty() ? "" : paragraph("", text + ".", 0);
  for (const KneeCell& cell : task.cells)
    if (!cell.limit.load)
      lines += paragraph("", knee_label(cell) + ": " + knee_verdict(task, cell) + ".", 0);
  return lines;
}

}  // namespace

std::string knee_table(const KneeTask& task, const RunTimes& times, const std::string& file) {
  const Scenario& scenario = task.cells.front().scenario;
  std::string text = answer(task);
  text += "knees of " + scenario.name + ", " + build_text() + "\n\n" + knee_rows(task) + "\n";
  for (const KneeCell& cell : task.cells)
    if (task.cells.size() <= kMostCurves) text += curve_rows(task, cell) + "\n";
  text += paragraph("load", "relative to the workload as recorded (workload.load); at 1 it is " +
                                significant(task.cells.front().whole.rate_per_s, 4) + " " +
                                knee_rate_unit(task) + ", nominally");
  text += model_lines(task.cells.front().lowest);
  text += paragraph("assumed", knee_assumptions(task));
  text +=
      paragraph("wall", significant(times.process_s, 3) + " s for " + grouped(task.runs) + " runs");
  text += paragraph("results", file.empty() ? "not kept; add -o FILE.h5 or FILE.json" : file);
  return text;
}

}  // namespace pigou
