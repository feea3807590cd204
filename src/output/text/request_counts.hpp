// What became of requests, in words.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "simulation/record/result.hpp"

namespace pigou {

/// "40 arrived = 38 finished + 0 rejected + 0 timed out + 2 failed + 0 in flight"
std::string counts_text(const RequestCounts& counts);

/// "; 3 attempts lost and made again"; empty without retries.
std::string retries_text(const RequestCounts& counts);

/// "38 of 40", or "40" where nothing is left out.
std::string share_text(std::uint64_t part, std::uint64_t whole);

/// {"arrived": 40, ...}
nlohmann::ordered_json counts_json(const RequestCounts& counts);

}  // namespace pigou
