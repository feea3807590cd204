// The price of anarchy as people and programs read it.
#pragma once

#include <string>

#include "io/output_file.hpp"
#include "output/run/report.hpp"
#include "study/poa/poa.hpp"

namespace pigou {

/// The answer, a row per load, the windows' games and the index, what it rests on.
std::string poa_table(const PoaTask& task, const RunTimes& times, const std::string& file);

/// The JSON document, whose bytes depend on the input alone; docs/commands/poa.md.
std::string poa_json(const PoaTask& task);

/// Writes filetype pigou-poa (docs/commands/poa.md) and commits.
void write_poa_file(const OutputTarget& target, const PoaTask& task);

/// The answer in one sentence.
std::string poa_verdict(const PoaTask& task);

/// What a reader must know before believing the numbers: a clause each.
std::vector<std::string> poa_assumptions(const PoaTask& task);

/// Why a load has no ratio, in words; empty where it has one.
std::string no_ratio(const PoaTask& task, const PoaLoad& at);

}  // namespace pigou
