// What a backlog is counted in: requests, or in a closed loop sessions.
#pragma once

#include <vector>

#include "game/knee/drift.hpp"
#include "simulation/record/result.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// Of an open loop every request, from its arrival until it finished; of a closed loop every
/// session, from its planned start until its last request finished. What was rejected, failed or
/// given up is never served. Needs all rows of the run.
std::vector<Stay> stays_of(const Workload& workload, const RequestColumns& requests);

/// The earliest begin; 0 without stays.
double first_begin_s(const std::vector<Stay>& stays);

}  // namespace pigou
