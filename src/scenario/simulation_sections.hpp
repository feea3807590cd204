// The sections of a checked scenario that say what is simulated: cluster, router, gateway, signals,
// fleet, slo, output.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "simulation/config.hpp"

namespace pigou {

/// All of them; what the catalogue or the router decides is filled in. Throws UserError.
SimulationConfig simulation_config(nlohmann::ordered_json& resolved);

/// Throws UserError where the router cannot serve such a cluster.
void check_router_fits(const SimulationConfig& config);

}  // namespace pigou
