#include "routing/dualmap/rules.hpp"

namespace pigou {
namespace {

enum Value {
  kSlo,
  kShare,
  kSecondsPerToken,
  kWindow,
  kMinSamples,
  kKeyBlockTokens,
  kMaxKeyBlocks,
  kVirtualNodes,
  kOverloadedWait,
  kBusyPrefill,
  kRebalance,
  kLatency,
};

}  // namespace

std::vector<Parameter> dualmap_parameters(bool code) {
  return {{"slo_s", ParameterType::kReal, "s", 5, 1e-6, 1e6,
           "TTFT target of the rule; an instance estimated above it is overloaded"},
          {"affinity_share", ParameterType::kReal, "1", code ? 0.5 : 1.0, 0, 1000,
           "share of the target up to which the warmer candidate keeps the request"},
          {"prefill_s_per_token", ParameterType::kReal, "s", 0, 0, 10,
           "seconds per uncached token in the estimate; 0 takes the catalogue's"},
          {"window", ParameterType::kInteger, "requests", 200, 1, 10000,
           "recent requests (the code: observations) a prefix's share is taken of"},
          {"min_samples", ParameterType::kInteger, "requests", 20, 1, 10000,
           "no key changes its length before so many"},
          {"key_block_tokens", ParameterType::kInteger, "tokens", 512, 1, 1e6,
           "tokens of one block of the key, in whole trace blocks and at least one"},
          {"max_key_blocks", ParameterType::kInteger, "blocks", 64, 1, 1024,
           "blocks of the longest key"},
          {"virtual_nodes", ParameterType::kInteger, "1", 40, 1, 10000,
           "points of each instance on each ring"},
          {"overloaded_wait_s", ParameterType::kReal, "s", 3, 0, 1e6,
           "a queue whose oldest request has waited as long is overloaded"},
          {"busy_prefill_s", ParameterType::kReal, "s", 2, 0, 1e6,
           "after a shorter prefill a second request may be pending on an instance; without effect "
           "in the published code, which lets 1 - pending requests go"},
          {"rebalance", ParameterType::kChoice, "1", 1, 0, 1, "hotspot rebalancing", {"off", "on"}},
          {"kv_event_latency_s", ParameterType::kReal, "s", 0, 0, 3600,
           "time from a change in an engine's cache until the router knows"}};
}

DualMapRules dualmap_rules(bool code, const ParameterValues& values) {
  const auto whole = [&](Value value) { return static_cast<std::uint32_t>(values[value]); };
  DualMapRules rules;
  rules.slo_s = values[kSlo];
  rules.affinity_share = values[kShare];
  rules.seconds_per_token = values[kSecondsPerToken];
  rules.window = whole(kWindow);
  rules.min_samples = whole(kMinSamples);
  rules.key_block_tokens = whole(kKeyBlockTokens);
  rules.max_key_blocks = whole(kMaxKeyBlocks);
  rules.virtual_nodes = whole(kVirtualNodes);
  rules.overloaded_wait_s = values[kOverloadedWait];
  rules.busy_prefill_s = values[kBusyPrefill];
  rules.rebalances = values[kRebalance] != 0;
  rules.kv_event_latency_s = values[kLatency];
  if (!code) return rules;
  rules.table = true;
  rules.draws_ties = false;
  rules.dispatches_at_prefill_end = false;
  rules.second_prefill = false;
  rules.benefit_by_place = true;
  rules.neighbours = true;
  rules.forgets_first_move = true;
  return rules;
}

}  // namespace pigou
