// The figures of a sweep by point and seed, kept in memory and, point by point, in a folder.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "output/sweep/point_folder.hpp"
#include "study/statistics/paired_differences.hpp"
#include "study/sweep.hpp"

namespace pigou {

/// One figure over the whole grid; NaN where a run has none or was not made.
struct SweepColumn {
  std::string key;
  FigureNote note;
  std::vector<double> values;  ///< [point * seeds + seed]
};

/// A text per point, each distinct one kept once.
template <class Text>
struct PointTexts {
  std::vector<Text> distinct;
  std::vector<std::uint32_t> of;  ///< per point, an index into `distinct`

  void put(std::size_t point, const Text& text) {
    const auto known = std::ranges::find(distinct, text);
    of[point] = static_cast<std::uint32_t>(known - distinct.begin());
    if (known == distinct.end()) distinct.push_back(text);
  }
  const Text& at(std::size_t point) const { return distinct[of[point]]; }
  /// Numbers them by first use in the order of points, whoever finished first.
  void order() {
    PointTexts ordered{{}, of};
    for (std::size_t point = 0; point < of.size(); ++point) ordered.put(point, at(point));
    *this = std::move(ordered);
  }
};

/// Collects runs in any order and holds them in the grid's. With a folder it starts from the points
/// found there and leaves every finished run in it.
class SweepResults final : public SweepSink {
 public:
  /// `folder` may be null: nothing is kept then.
  SweepResults(const SweepPlan& plan, PointFolder* folder);

  bool has(std::size_t point, std::size_t seed) const override {
    return runs_[point * seeds_ + seed] != 0;
  }
  bool random(std::size_t point) const override { return random_[point] != 0; }
  void put(std::size_t point, std::size_t seed, const Scenario& scenario,
           const RunSummary& run) override;

  /// Once all runs are there: a point without draws has its one run under every seed, and columns
  /// stand in the order of the summary.
  void complete();

  const std::vector<SweepColumn>& columns() const { return columns_; }
  /// The figure's values over the seeds of one point; empty if no run had the figure.
  std::vector<double> values(std::string_view key, std::size_t point) const;
  /// 1 per point that some draw could change.
  const std::vector<std::uint8_t>& randomness() const { return random_; }
  const PointTexts<std::string>& provenances() const { return provenances_; }
  /// Clauses of what to know before believing the point's numbers.
  const PointTexts<std::vector<std::string>>& assumed() const { return assumed_; }
  /// Names of the points' files; empty without a folder.
  const std::vector<std::string>& names() const { return names_; }

 private:
  void take(std::size_t point, std::size_t seed, const PointRun& run);
  std::size_t column(const std::string& key);

  const SweepPlan& plan_;
  PointFolder* folder_;
  std::size_t seeds_;
  std::vector<std::string> names_;
  std::vector<SweepColumn> columns_;
  std::map<std::string, std::size_t, std::less<>> column_by_key_;
  std::vector<std::uint8_t> runs_;    ///< 1: the run is there
  std::vector<std::uint8_t> random_;  ///< per point
  PointTexts<std::string> provenances_;
  PointTexts<std::vector<std::string>> assumed_;
  std::map<std::size_t, std::vector<PointRun>> unfinished_;  ///< runs so far, by point
};

}  // namespace pigou
