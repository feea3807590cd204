#include <algorithm>

#include "output/poa/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/table.hpp"

namespace pigou {
namespace {

using Side = TableColumn::Side;

std::string best_label(const PoaTask& task, const PoaLoad& at) {
  const auto best = at.best();
  return best ? task.routers[*best].label : "-";
}

/// "1.06", with several seeds "1.06 ±0.02".
std::string over_best_text(const PoaTask& task, const PoaLoad& at) {
  std::string text = significant(at.over_best(), 3);
  if (task.seeds == 1 || !task.random || at.best() == std::size_t{0}) return text;
  return text + " ±" + significant(at.over_best_half(), 2);
}

std::string price_rows(const PoaTask& task) {
  TextTable table({{"load", "x"},
                   {"requests/s"},
                   {std::string("mean ") + cost_title(task.cost), "s"},
                   {"bound", "s"},
                   {"cost/bound", "x"},
                   {"cost/best", "x"},
                   {"by", "", Side::kLeft},
                   {"best known", "", Side::kLeft}});
  for (const PoaLoad& at : task.at)
    table.row({significant(at.load, 3), significant(at.requests_per_s, 3),
               significant(at.runs.front().mean_s(), 3), significant(at.bound_s(), 3),
               significant(at.over_bound(), 3), over_best_text(task, at), at.bounds.front().kind(),
               best_label(task, at)});
  return table.text();
}

std::string router_rows(const PoaTask& task) {
  std::vector<TableColumn> columns = {{"load", "x"}};
  for (const PoaRouter& router : task.routers) columns.push_back({router.label, "s"});
  TextTable table(columns);
  for (const PoaLoad& at : task.at) {
    std::vector<std::string> cells = {significant(at.load, 3)};
    for (const PoaRuns& runs : at.runs) cells.push_back(significant(runs.mean_s(), 3));
    table.row(cells);
  }
  constexpr std::size_t kWidest = 100;
  return std::string("mean ") + cost_title(task.cost) + " by router\n" + table.text(kWidest);
}

std::string game_rows(const PoaTask& task) {
  TextTable table({{"load", "x"},
                   {"windows"},
                   {"choices"},
                   {"solved", "%"},
                   {"greedy/best", "x"},
                   {"observed/best", "x"},
                   {"best/bound", "x"},
                   {"residents", "x"},
                   {"at most", "x"},
                   {"logit", "x"},
                   {"at most", "x"}});
  for (const PoaLoad& at : task.at) {
    const WindowPrices& w = at.windows;
    const double solved = 100 * static_cast<double>(w.exact) /
                          static_cast<double>(std::max<std::uint64_t>(1, w.windows));
    table.row({significant(at.load, 3), grouped(w.windows), significant(w.choices, 3),
               fixed(solved, 0), fixed(w.greedy(), 3), fixed(w.observed(), 3),
               fixed(w.best_s / w.bound_s, 3), fixed(at.residents.of_sums, 3),
               significant(at.residents.bound, 3), fixed(at.logit.of_sums, 3),
               significant(at.logit.bound, 3)});
  }
  return "games of " + std::to_string(task.window) +
         " requests as the router saw them; PoA-hat, the historical index, in both forms\n" +
         table.text();
}

}  // namespace

std::string poa_table(const PoaTask& task, const RunTimes& times, const std::string& file) {
  const Scenario& scenario = task.routers.front().scenario;
  std::string text = paragraph("", poa_verdict(task), 0);
  text += "price of anarchy in " + scenario.name + ", " + build_text() + "\n\n";
  text += price_rows(task) + "\n";
  if (task.routers.size() > 1) text += router_rows(task) + "\n";
  text += game_rows(task) + "\n";
  for (const PoaLoad& at : task.at)
    if (const std::string why = no_ratio(task, at); !why.empty())
      text += paragraph("no price", why);
  text += model_lines(task.lowest);
  text += paragraph(
      "games",
      "a member pays the backlog of its instance, the work of members ahead and its "
      "own; greedy takes the cheapest in order of arrival, and is the equilibrium; choices: "
      "instances that the policy considered for a member, of which one is no game");
  text += paragraph("assumed", joined(poa_assumptions(task)));
  text +=
      paragraph("wall", significant(times.process_s, 3) + " s for " + grouped(task.runs) + " runs");
  text += paragraph("results", file.empty() ? "not kept; add -o FILE.h5 or FILE.json" : file);
  return text;
}

}  // namespace pigou
