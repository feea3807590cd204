// The HDF5 result file of a run and the manifest beside it. Layout: docs/results-format.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/hdf5_writer.hpp"
#include "output/run/report.hpp"
#include "scenario/scenario.hpp"
#include "scenario/trace_source.hpp"

namespace pigou {

/// Puts root attributes and /input: what every Pigou file starts with.
void write_header(Hdf5Writer& writer, const std::string& filetype, const Scenario& scenario);

/// Puts every figure of `summary` under `group` ("/result/summary").
void write_summary(Hdf5Writer& writer, const std::string& group, const RunSummary& summary);

/// Writes and commits the file of one run.
void write_run_file(const OutputTarget& target, const Scenario& scenario, const RunResult& result);

/// What a manifest records besides the scenario.
struct ManifestFacts {
  std::vector<std::string> command_line;
  RunTimes times;
  TraceIdentity trace;
  std::string started_at;  ///< ISO 8601, UTC
  std::uint64_t events = 0;
};

/// FILE.manifest.json: everything that may differ between two equal results.
void write_manifest(const OutputTarget& result, const Scenario& scenario,
                    const ManifestFacts& facts);

/// Now, as 2026-11-22T02:10:00Z.
std::string utc_now();

}  // namespace pigou
