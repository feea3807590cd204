// Pools of a checked scenario to the cluster's own terms, with the catalogue's help.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cluster/config.hpp"

namespace pigou {

/// Resolves `scenario["cluster"]` and `scenario["network"]`, both with defaults filled, and writes
/// the values the catalogue decided (seats, token budget, KV capacity) back. Throws UserError.
ClusterConfig resolve_cluster(nlohmann::ordered_json& scenario);

}  // namespace pigou
