// The example policy by hand, on a fleet made of plain vectors.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

TEST(WarmThenIdle, TheWarmestServesUntilItsPrefillQueueIsLong) {
  FakeView view(3);
  view.overlap = {4, 9, 9};
  view.active_requests = {0, 5, 3};
  view.active_prefill_tokens = {0, 0, 999};
  const auto policy = policy_for(view, "warm-then-idle", {"max_prefill_tokens=1000"});
  EXPECT_EQ(answer(*policy, view).instance, 2U) << "equally warm, fewer requests";
  view.active_prefill_tokens[2] = 1000;
  EXPECT_EQ(answer(*policy, view).instance, 0U) << "the fewest requests of all";
}

}  // namespace
}  // namespace pigou
