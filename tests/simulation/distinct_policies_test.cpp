// No two policies of the table are one policy under two names: over the conversation trace at
// overlay 2 each pair sends some request to different instances, unless the table below says why it
// may not. docs/adding-a-policy.md names this test.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "simulation/real_cluster.hpp"

namespace pigou {
namespace {

/// Pairs that may choose alike here, and why; docs/routers.md says it of each.
struct Alike {
  std::string_view one, other, why;
  bool with_sessions;  ///< also where turns belong to sessions
};
const std::vector<Alike> kAlike = {
    {"dynamo-kv@2025-08", "dynamo-kv@2026-08",
     "the rule of 2026 with its defaults is the rule of 2025 with its defaults", true},
    {"random", "smg-manual@73da68c",
     "without sessions every request is a session of its own, and those are assigned at random",
     false},
};

std::vector<std::int32_t> choices(const std::shared_ptr<const Workload>& workload,
                                  const PolicyInfo& policy) {
  const RunResult result = run_simulation(workload, mooncake_config(false, policy.name));
  return result.requests.instance;
}

/// `sessions`: turns are linked, so that a router that goes by sessions has some; the trace itself
/// names none.
void expect_distinct(bool sessions) {
  WorkloadOptions options;
  options.head = 1500;  // of each copy: fewer requests to differ over, so it asks for more
  options.overlay = 2;
  options.jitter_s = 3;
  options.infer_turns = sessions;
  const auto workload = real_workload(kConversation, options);
  ASSERT_EQ(workload->size(), 3000U);
  std::vector<std::pair<std::string_view, std::vector<std::int32_t>>> all;
  for (const PolicyInfo& policy : policy_table()) {
    const PolicyLayout layout{8, 0};
    if (make_policy(policy, default_values(policy.parameters), layout)->needs().recorded_placement)
      continue;  // the trace has no record to follow
    all.emplace_back(policy.name, choices(workload, policy));
  }
  const auto excused = [&](std::string_view a, std::string_view b) {
    return std::ranges::any_of(kAlike, [&](const Alike& pair) {
      const bool named = (pair.one == a && pair.other == b) || (pair.one == b && pair.other == a);
      return named && (pair.with_sessions || !sessions);
    });
  };
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = a + 1; b < all.size(); ++b) {
      const bool alike = all[a].second == all[b].second;
      EXPECT_EQ(alike, excused(all[a].first, all[b].first))
          << all[a].first << " and " << all[b].first
          << (alike ? " send every request to the same instance: name the pair in kAlike with the "
                      "reason, if there is one"
                    : " differ: take the pair out of kAlike");
    }
  }
}

TEST(Policies, NoTwoChooseAlikeOverTheConversationTraceUnlessSaidWhy) {
  PIGOU_NEEDS_TRACE(kConversation);
  expect_distinct(false);
}

TEST(Policies, NoTwoChooseAlikeWhereTurnsBelongToSessions) {
  PIGOU_NEEDS_TRACE(kConversation);
  expect_distinct(true);
}

}  // namespace
}  // namespace pigou
