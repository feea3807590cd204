// Knees as people and programs read them.
#pragma once

#include <optional>
#include <string>

#include "io/output_file.hpp"
#include "output/run/report.hpp"
#include "study/knee/knee.hpp"

namespace pigou {

/// The answer, a row per router and setting, cost against load of few, what it rests on.
std::string knee_table(const KneeTask& task, const RunTimes& times, const std::string& file);

/// The JSON document: cost against load, regimes, knees by setting. Its bytes depend on the input
/// alone; docs/commands/knee.md.
std::string knee_json(const KneeTask& task);

/// Writes filetype pigou-knee (docs/commands/knee.md) and commits.
void write_knee_file(const OutputTarget& target, const KneeTask& task);

/// "onset 2.11x (7.2 requests/s), limit 2.63x, 95 % interval 2.44 to 2.82".
std::string knee_verdict(const KneeTask& task, const KneeCell& cell);

/// What a cell costs at its own onset beside the least of all cells there.
struct BesideBest {
  double ratio = 1;
  const KneeCell* best = nullptr;  ///< maybe the cell itself
};
/// None without an onset, or where no other cell's cost is known there.
std::optional<BesideBest> beside_best(const KneeTask& task, const KneeCell& cell);

/// "dynamo-kv@2026-08, router.temperature=0.5".
std::string knee_label(const KneeCell& cell);

/// What a reader must know before believing the numbers, in one line.
std::string knee_assumptions(const KneeTask& task);

/// "requests/s" or "sessions/s".
const char* knee_rate_unit(const KneeTask& task);

}  // namespace pigou
