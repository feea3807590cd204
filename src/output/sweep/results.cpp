#include "output/sweep/results.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "output/run/report.hpp"

namespace pigou {

SweepResults::SweepResults(const SweepPlan& plan, PointFolder* folder)
    : plan_(plan), folder_(folder), seeds_(plan.seeds.size()) {
  runs_.assign(plan.points * seeds_, 0);
  random_.assign(plan.points, 0);
  provenances_.of.assign(plan.points, 0);
  assumed_.of.assign(plan.points, 0);
  for (std::size_t point = 0; folder != nullptr && point < plan.points; ++point) {
    names_.push_back(folder->name(plan.hashes[point], plan.inputs[plan.input_of[point]]));
    const auto found = folder->read(names_.back());
    for (const PointRun& run : found) {
      const auto seed = std::ranges::find(plan.seeds, run.seed);
      if (seed != plan.seeds.end())
        take(point, static_cast<std::size_t>(seed - plan.seeds.begin()), run);
    }
    if (!found.empty()) unfinished_[point] = found;
  }
  // What is whole already will not be written again.
  std::erase_if(unfinished_, [&](const auto& runs) {
    const std::size_t point = runs.first;
    const auto first = runs_.begin() + static_cast<std::ptrdiff_t>(point * seeds_);
    return !random(point) || std::all_of(first, first + static_cast<std::ptrdiff_t>(seeds_),
                                         [](auto there) { return there != 0; });
  });
}

void SweepResults::put(std::size_t point, std::size_t seed, const Scenario& scenario,
                       const RunSummary& summary) {
  const std::string& router = scenario.config.router.name;
  PointRun run{plan_.seeds[seed], summary.random, run_provenance(summary),
               assumptions(scenario, summary, {{router, router, summary.unused}}),
               run_figures(summary)};
  take(point, seed, run);
  if (folder_ == nullptr) return;
  auto& runs = unfinished_[point];
  runs.push_back(std::move(run));
  std::ranges::sort(runs, {}, &PointRun::seed);
  folder_->write(names_[point], runs);
  if (!random(point) || runs.size() >= seeds_) unfinished_.erase(point);
}

void SweepResults::take(std::size_t point, std::size_t seed, const PointRun& run) {
  const std::size_t place = point * seeds_ + seed;
  runs_[place] = 1;
  random_[point] = run.random ? 1 : 0;
  for (const auto& [key, value] : run.figures) columns_[column(key)].values[place] = value;
  provenances_.put(point, run.provenance);
  if (seed == 0) assumed_.put(point, run.assumed);
}

std::size_t SweepResults::column(const std::string& key) {
  const auto [place, added] = column_by_key_.emplace(key, columns_.size());
  if (added) {
    columns_.push_back(
        {key, figure_note(key),
         std::vector<double>(plan_.points * seeds_, std::numeric_limits<double>::quiet_NaN())});
  }
  return place->second;
}

void SweepResults::complete() {
  std::ranges::sort(columns_, [](const SweepColumn& a, const SweepColumn& b) {
    return a.note.rank != b.note.rank ? a.note.rank < b.note.rank : a.key < b.key;
  });
  for (std::size_t c = 0; c < columns_.size(); ++c) column_by_key_[columns_[c].key] = c;
  for (SweepColumn& column : columns_) {
    const bool count = column.key.starts_with("requests.rejected_by.");
    for (std::size_t point = 0; point < plan_.points; ++point) {
      double* values = column.values.data() + point * seeds_;
      // A reason that a run does not name has rejected nobody in it.
      for (std::size_t seed = 0; count && seed < seeds_; ++seed)
        if (has(point, seed) && std::isnan(values[seed])) values[seed] = 0;
      if (!random(point)) std::fill_n(values, seeds_, values[0]);
    }
  }
  provenances_.order();
  assumed_.order();
}

std::vector<double> SweepResults::values(std::string_view key, std::size_t point) const {
  const auto found = column_by_key_.find(key);
  if (found == column_by_key_.end()) return {};
  const double* first = columns_[found->second].values.data() + point * seeds_;
  return {first, first + seeds_};
}

}  // namespace pigou
