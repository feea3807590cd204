#include "output/text/figure_list.hpp"

#include <nlohmann/json.hpp>

#include "output/text/table.hpp"
#include "study/figures.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

struct Row {
  std::string key, unit, better, definition, alias;
};

const char* better_name(Better better) {
  return better == Better::kLower ? "lower" : better == Better::kHigher ? "higher" : "-";
}

template <class Summary>
Row row_of(const std::string& group, const FigureOf<Summary>& figure) {
  return {std::string(group).append(figure.key), std::string(figure.unit),
          better_name(figure.better), std::string(figure.definition), std::string(figure.alias)};
}

std::vector<Row> rows() {
  std::vector<Row> all;
  for (const Figure& figure : figures()) all.push_back(row_of("", figure));
  for (const PoolFigure& figure : pool_figures()) all.push_back(row_of("pools.*.", figure));
  return all;
}

}  // namespace

std::string figure_list_text() {
  using Align = TableColumn::Side;
  TextTable table({{"figure", "", Align::kLeft},
                   {"unit", "", Align::kLeft},
                   {"better", "", Align::kLeft},
                   {"definition", "", Align::kLeft}});
  table.rule();
  for (const Row& row : rows()) table.row({row.key, row.unit, row.better, row.definition});
  return table.text();
}

std::string figure_list_json() {
  Json all = Json::array();
  for (const Row& row : rows()) {
    Json json = {{"key", row.key},
                 {"unit", row.unit},
                 {"better", row.better == "-" ? Json() : Json(row.better)},
                 {"definition", row.definition},
                 {"over_seeds", "mean"},
                 {"json", row.key},
                 {"hdf5", "/result/summary/" + with_slashes(row.key)}};
    if (!row.alias.empty()) json["alias"] = row.alias;
    all.push_back(std::move(json));
  }
  return all.dump(2) + "\n";
}

std::string figure_list_markdown() {
  std::string text = "| figure | unit | definition | better | until 0.1 |\n|---|---|---|---|---|\n";
  for (const Row& row : rows()) {
    const std::string alias = row.alias.empty() ? "" : "`" + row.alias + "`";
    text += "| `" + row.key + "` | " + row.unit + " | " + row.definition + " | " + row.better +
            " | " + alias + " |\n";
  }
  return text;
}

}  // namespace pigou
