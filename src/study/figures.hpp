// The one list of figures: run, compare, sweep, capacity, their files and the docs read it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/record/result.hpp"

namespace pigou {

/// Which direction is better; of what is neither, a difference only says that runs differ.
enum class Better : std::uint8_t { kNeither, kLower, kHigher };

/// How tables show a figure: "TTFT p90" and "ms" with 1e3. Without a title no table does.
struct ShownAs {
  std::string_view title = {};
  std::string_view unit = {};  ///< behind the title; empty: the title is one
  double scale = 1;            ///< from the figure's unit to this one
};

/// One figure of a run, or of one of its pools. Exactly one of `real` and `count` is set. Over
/// seeds every figure is reduced alike: to the mean of the runs' values, each run weighing the
/// same, with Student's t for its interval.
template <class Summary>
struct FigureOf {
  /// Its name everywhere: "ttft_s.p90", the unit last. In JSON a dot opens an object where figures
  /// are nested; in HDF5 files it is a slash (below /result/summary).
  std::string_view key;
  std::string_view unit;        ///< "1": a pure number
  std::string_view definition;  ///< a sentence
  Better better = Better::kNeither;
  double (*real)(const Summary&) = nullptr;
  std::uint64_t (*count)(const Summary&) = nullptr;
  ShownAs shown = {};
  /// What it was called until version 0.1: read and, where it was one, still written as a key of
  /// JSON; goes with the next version. Empty: none.
  std::string_view alias = {};

  double value(const Summary& summary) const {
    return count != nullptr ? static_cast<double>(count(summary)) : real(summary);
  }
  bool lower_is_better() const { return better == Better::kLower; }
  /// Title and unit: "TTFT p90 s".
  std::string heading() const {
    std::string text(shown.title);
    return shown.unit.empty() ? text : text.append(" ").append(shown.unit);
  }
};

using Figure = FigureOf<RunSummary>;
/// `key` is what follows "pools.<name>.".
using PoolFigure = FigureOf<PoolSummary>;

/// In the order of the JSON document. No key or alias names two.
std::span<const Figure> figures();
std::span<const PoolFigure> pool_figures();

/// The figure that is called `word`, by key or alias; null where there is none.
const Figure* find_figure(std::string_view word);
/// The figure with this key, which there must be.
const Figure& figure_called(std::string_view key);
std::vector<const Figure*> figures_called(std::span<const std::string_view> keys);

/// "ttft_s/p90" of "ttft_s.p90": the place in HDF5 files.
std::string with_slashes(std::string_view key);

/// What became of the requests, and retries.
inline constexpr std::string_view kRequestCounts[] = {
    "requests.arrived", "requests.finished",  "requests.rejected", "requests.timed_out",
    "requests.failed",  "requests.in_flight", "requests.retries"};

}  // namespace pigou
