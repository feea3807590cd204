// From a scenario to the workload it replays: finding, reading and transforming the trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "scenario/scenario.hpp"

namespace pigou {

/// The file or folder a scenario's trace name stands for: beside the scenario, in the current
/// directory, then under PIGOU_DATA/traces (by default ../shared/traces). Throws UserError listing
/// every place looked at.
std::filesystem::path locate_trace(const std::string& file, const std::filesystem::path& folder);

/// The trace of a scenario, read or synthesised.
Trace load_trace(const Scenario& scenario);
/// Whether load_trace gives arrivals another shape (workload.spread, workload.warm_up).
bool reshapes_arrivals(const Scenario& scenario);

/// Throws UserError if repeat and overlay make more requests of `rows` than a run can hold.
void check_request_count(std::size_t rows, const Scenario& scenario);

/// The workload one seed makes of `trace`.
std::shared_ptr<const Workload> make_workload(Trace trace, const Scenario& scenario,
                                              std::uint64_t seed);

/// What a manifest says about an input: where it was found, how large it is, what it holds.
struct TraceIdentity {
  std::string path;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::string fnv1a64;  ///< of the bytes as stored; of a folder, of its files in name order
};

/// Empty path: the trace was synthesised.
TraceIdentity identify_trace(const Scenario& scenario);

/// The files and folders a scenario's `workload` section names: the trace, a rate series, whatever
/// a later key may name.
std::vector<std::filesystem::path> input_files(const Scenario& scenario);

/// Those, the scenario's own file, and any other that it was made from: what a command must not
/// write to.
std::vector<std::filesystem::path> all_inputs(const Scenario& scenario);

/// A text that changes when any byte of `files` does. Reads them all.
std::string input_identity(const std::vector<std::filesystem::path>& files);

}  // namespace pigou
