// From a scenario to the workload it replays: finding, reading and transforming the trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "experiment/scenario.hpp"

namespace pigou {

/// The file or folder a scenario's trace name stands for: beside the scenario, in the current
/// directory, then under PIGOU_DATA/traces (by default ../shared/traces). Throws UserError listing
/// every place looked at.
std::filesystem::path locate_trace(const std::string& file, const std::filesystem::path& folder);

/// The trace of a scenario, read or synthesised.
Trace load_trace(const Scenario& scenario);

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

}  // namespace pigou
