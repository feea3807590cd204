// A comparison as people and programs read it: figures per router, paired differences, a verdict.
#pragma once

#include <filesystem>
#include <string>

#include "io/output_file.hpp"
#include "output/run/report.hpp"
#include "study/compare.hpp"

namespace pigou {

/// Figures of every router, differences from the first, what they rest on, the verdict.
std::string comparison_table(const Comparison& comparison, const RunTimes& times,
                             const std::string& result_file);

/// The `--json` document.
std::string comparison_json(const Comparison& comparison, const RunTimes& times,
                            const std::string& result_file);

/// One sentence: which router won, by how much, how sure.
std::string comparison_verdict(const Comparison& comparison);

/// The winner's lead along the trace, with its interval by batch means; empty where no rows were
/// kept.
std::string comparison_windows(const Comparison& comparison);

/// What was assumed, over all arms.
std::string comparison_assumptions(const Comparison& comparison);

/// Writes /runs/<index>-<router>/seed-<n>/... and commits.
void write_comparison_file(const OutputTarget& target, const Comparison& comparison);

}  // namespace pigou
