// The section `workload` of a checked scenario: where the requests come from, and what is done to
// them before they are replayed.
#pragma once

#include <filesystem>

#include <nlohmann/json_fwd.hpp>

#include "scenario/scenario.hpp"

namespace pigou {

/// Files found beside the scenario or in the current directory are named from the root on, so that
/// the resolved scenario runs from anywhere. What is looked up under PIGOU_DATA keeps its name, and
/// so runs on another machine, too.
void name_files_from_root(nlohmann::ordered_json& workload, const std::filesystem::path& folder);

/// Trace or synthesis of the section. Throws UserError.
TraceSource trace_source(const nlohmann::ordered_json& section,
                         const std::filesystem::path& folder);

/// What is done to the trace. Throws UserError.
WorkloadOptions workload_options(const nlohmann::ordered_json& section);

}  // namespace pigou
