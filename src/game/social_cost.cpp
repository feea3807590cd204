#include "game/social_cost.hpp"

namespace pigou {

SocialCost usual_cost(const ClusterConfig& cluster) {
  const bool split = cluster.pools.front().role != Role::kAggregated;
  return split ? SocialCost::kTtft : SocialCost::kE2e;
}

const char* cost_name(SocialCost cost) { return cost == SocialCost::kTtft ? "ttft" : "e2e"; }
const char* cost_title(SocialCost cost) { return cost == SocialCost::kTtft ? "TTFT" : "E2E"; }

}  // namespace pigou
