// A run's summary as a flat list of named numbers: what points of a sweep keep.
#pragma once

#include <string>
#include <vector>

#include "simulation/record/result.hpp"

namespace pigou {

/// `key` is the figure's name: "ttft_s.p90", "pools.serve.kv_peak".
struct RunFigure {
  std::string key;
  double value = 0;  ///< NaN where there is none; infinities are told as NaN too
};

/// Every figure of the summary: first the fixed ones in the order of figures(), then the
/// reasons for rejection and those of its pools.
std::vector<RunFigure> run_figures(const RunSummary& summary);

/// Unit and description of the figure with this key, its place in files, and its rank among the
/// fixed ones; figures of pools and reasons rank behind them all.
struct FigureNote {
  std::string unit;
  std::string description;
  std::size_t rank = 0;
  std::string path;  ///< under /result of a sweep's file: "ttft_s/p90"
};
FigureNote figure_note(const std::string& key);

/// Step models of the pools in one line.
std::string run_provenance(const RunSummary& summary);

}  // namespace pigou
