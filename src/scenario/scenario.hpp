// A scenario with everything decided: defaults, catalogue values, names; ready to run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "simulation/config.hpp"
#include "trace/reader.hpp"
#include "trace/synthesis/from_numbers.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// What the command line adds to a scenario file, applied in this order.
struct ScenarioRequest {
  std::string file;
  std::optional<std::string> router;  ///< "NAME[:key=value,...]", replaces the file's router
  std::vector<std::string> sets;      ///< "path=value"
  std::vector<std::string> varied;    ///< the same, from --vary
  std::optional<std::uint64_t> seed;
};

/// Where the requests come from; paths as the scenario gives them.
struct TraceSource {
  std::string file;  ///< empty: the bundled quickstart trace
  ReadOptions read;
  std::optional<SynthOptions> synth;  ///< instead of a file
};

struct Scenario {
  std::string name;
  std::string resolved;          ///< JSON text that reproduces this scenario, defaults filled
  std::string hash;              ///< 16 hex digits, FNV-1a of `resolved`
  std::filesystem::path folder;  ///< of the scenario file; traces are looked up from here
  std::vector<std::filesystem::path> files;  ///< read so far: it and those whose content it holds
  std::string router_parameters;             ///< JSON object, without the name
  TraceSource source;
  WorkloadOptions workload;
  SimulationConfig config;  ///< config.seed is the scenario's seed
};

/// Reads, overrides, checks and resolves a scenario. Does not touch the trace. Throws UserError.
Scenario resolve_scenario(const ScenarioRequest& request);

/// 16 hex digits.
std::string hex(std::uint64_t value);

}  // namespace pigou
