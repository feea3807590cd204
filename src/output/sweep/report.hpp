// A sweep as people and programs read it: a row per point, one document, one HDF5 file.
#pragma once

#include <filesystem>
#include <string>

#include "io/output_file.hpp"
#include "output/run/report.hpp"
#include "output/sweep/results.hpp"

namespace pigou {

/// A row per point, or the best of many, with means over the seeds and one interval.
std::string sweep_table(const SweepPlan& plan, const SweepResults& results, const RunTimes& times,
                        const std::string& result_file);

/// The `--json` document.
std::string sweep_json(const SweepPlan& plan, const SweepResults& results, const RunTimes& times,
                       const std::string& result_file);

/// What few seeds leave open; empty where there are enough.
std::string sweep_assumptions(const SweepPlan& plan, const SweepResults& results);

/// Writes filetype pigou-sweep (docs/results-format.md) and commits.
void write_sweep_file(const OutputTarget& target, const SweepPlan& plan,
                      const SweepResults& results);

}  // namespace pigou
