#pragma once

#include <string>
#include <vector>

#include "trace/statistics/overview.hpp"

namespace pigou {

/// 1234567.8 as "1,234,567.8".
std::string grouped_number(double value, int decimals);

/// What a replay should watch, one sentence each.
std::vector<std::string> find_oddities(const TraceStatistics& statistics);

}  // namespace pigou
