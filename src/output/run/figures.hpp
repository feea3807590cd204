// A run's summary as a flat list of named numbers: what points of a sweep keep.
#pragma once

#include <string>
#include <vector>

#include "simulation/record/result.hpp"

namespace pigou {

/// `path` is the figure's place under /result/summary: "ttft_s/p90", "pools/serve/kv_peak".
struct RunFigure {
  std::string path;
  double value = 0;  ///< NaN where there is none; infinities are told as NaN too
};

/// Every figure of the summary: first the fixed ones in the order of summary_fields(), then the
/// reasons for rejection and those of its pools.
std::vector<RunFigure> run_figures(const RunSummary& summary);

/// Unit and description of the figure at `path`, and its rank among the fixed ones; figures of
/// pools and reasons rank behind them all.
struct FigureNote {
  std::string unit;
  std::string description;
  std::size_t rank = 0;
};
FigureNote figure_note(const std::string& path);

/// Step models of the pools in one line.
std::string run_provenance(const RunSummary& summary);

}  // namespace pigou
