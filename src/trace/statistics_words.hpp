#pragma once

#include <string>
#include <vector>

#include "trace/statistics.hpp"

namespace pigou {

/// What a replay should watch, one sentence each.
std::vector<std::string> find_oddities(const TraceStatistics& statistics);

}  // namespace pigou
