#include "output/run/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "output/run/report.hpp"
#include "output/run/summary_fields.hpp"

namespace pigou {
namespace {

double told(double value) {
  return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

template <class Field, class Summary>
double figure_of(const Field& field, const Summary& summary) {
  return told(field.count != nullptr ? static_cast<double>(field.count(summary))
                                     : field.real(summary));
}

std::string slashed(std::string_view dotted) {
  std::string path(dotted);
  std::ranges::replace(path, '.', '/');
  return path;
}

constexpr std::string_view kReasons = "requests/rejected_by/";
constexpr std::string_view kPools = "pools/";

}  // namespace

std::vector<RunFigure> run_figures(const RunSummary& summary) {
  std::vector<RunFigure> figures;
  for (const auto& field : summary_fields())
    figures.push_back({slashed(field.path), figure_of(field, summary)});
  for (const auto& [reason, count] : summary.rejected_by) {
    std::string name = reason;
    std::ranges::replace(name, '/', ' ');
    figures.push_back({std::string(kReasons).append(name), static_cast<double>(count)});
  }
  for (const auto& pool : summary.pools) {
    const std::string group = std::string(kPools).append(pool.name).append("/");
    for (const auto& field : pool_fields())
      figures.push_back({std::string(group).append(field.name), figure_of(field, pool)});
  }
  return figures;
}

FigureNote figure_note(const std::string& path) {
  std::size_t rank = 0;
  for (const auto& field : summary_fields()) {
    if (slashed(field.path) == path)
      return {std::string(field.unit), std::string(field.description), rank};
    ++rank;
  }
  if (path.starts_with(kReasons)) return {"requests", "Requests rejected for this reason.", rank};
  for (const auto& field : pool_fields())
    if (path.starts_with(kPools) && path.ends_with(std::string(1, '/').append(field.name)))
      return {std::string(field.unit), std::string(field.description), rank};
  return {"1", "A figure of an earlier version.", rank};
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
