// The social cost: the latency whose mean over requests is the price of a placement.
#pragma once

#include <cstdint>

#include "cluster/config.hpp"

namespace pigou {

enum class SocialCost : std::uint8_t { kTtft, kE2e };

/// That of a cluster of this shape unless it is said otherwise: TTFT of a split one; of an
/// aggregated one E2E, since there TTFT alone is won by stalling decodes.
SocialCost usual_cost(const ClusterConfig& cluster);

/// "ttft" or "e2e", and as titles have it.
const char* cost_name(SocialCost cost);
const char* cost_title(SocialCost cost);

}  // namespace pigou
