#include "output/run/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "output/run/report.hpp"
#include "study/figures.hpp"

namespace pigou {
namespace {

double told(double value) {
  return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

constexpr std::string_view kReasons = "requests.rejected_by.";
constexpr std::string_view kPools = "pools.";

}  // namespace

std::vector<RunFigure> run_figures(const RunSummary& summary) {
  std::vector<RunFigure> all;
  for (const Figure& figure : figures())
    all.push_back({std::string(figure.key), told(figure.value(summary))});
  for (const auto& [reason, count] : summary.rejected_by) {
    std::string name = reason;
    std::ranges::replace(name, '/', ' ');
    all.push_back({std::string(kReasons).append(name), static_cast<double>(count)});
  }
  for (const auto& pool : summary.pools) {
    const std::string group = std::string(kPools).append(pool.name).append(".");
    for (const PoolFigure& figure : pool_figures())
      all.push_back({std::string(group).append(figure.key), told(figure.value(pool))});
  }
  return all;
}

FigureNote figure_note(const std::string& key) {
  std::size_t rank = 0;
  for (const Figure& figure : figures()) {
    if (figure.key == key)
      return {std::string(figure.unit), std::string(figure.definition), rank, with_slashes(key)};
    ++rank;
  }
  // Words of a scenario are taken as they are, whatever dots they hold.
  if (key.starts_with(kReasons))
    return {"requests", "Requests rejected for this reason.", rank,
            with_slashes(kReasons) + key.substr(kReasons.size())};
  for (const PoolFigure& figure : pool_figures()) {
    if (!key.starts_with(kPools) || !key.ends_with(std::string(1, '.').append(figure.key)))
      continue;
    std::string path = key;
    path[kPools.size() - 1] = path[key.rfind('.')] = '/';
    return {std::string(figure.unit), std::string(figure.definition), rank, path};
  }
  return {"1", "A figure of an earlier version.", rank, with_slashes(key)};
}

std::string run_provenance(const RunSummary& summary) {
  std::string text;
  for (const auto& pool : summary.pools)
    text.append(text.empty() ? "" : "; ")
        .append(pool.name)
        .append(": ")
        .append(provenance_text(pool.provenance));
  return text;
}

}  // namespace pigou
