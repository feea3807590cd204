// What an engine's metrics endpoint says, step by step.
#include <gtest/gtest.h>

#include "view/small_cluster.hpp"

namespace pigou {
namespace {

/// "running waiting used" of instance 0 at `time`.
std::string shown(SmallCluster& small, double time) {
  small.run_to(ms(time));
  const Gauges gauges = small.cluster.gauges(0, ms(time));
  return std::to_string(gauges.running) + " " + std::to_string(gauges.waiting) + " " +
         std::to_string(gauges.used_blocks);
}

class PublishedGauges : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(FastForward, PublishedGauges, testing::Bool());

/// One seat. A computes 64 tokens from 0 to 1 ms and decodes; B comes at 1.5 ms, C at 4 ms, the
/// very instant a step ends.
TEST_P(PublishedGauges, AreThoseOfTheLastStepThatEnded) {
  SmallCluster small;
  small.fast_forward = GetParam();
  small.seats = 1;
  const auto a = small.request(4, 20, 0);
  const auto b = small.request(4, 20, 100);
  const auto c = small.request(4, 20, 200);
  small.start();
  small.cluster.publish_gauges();
  small.before = [&](InstanceId i, const EventKey& key) {
    if (key.phase != Phase::kStepEnd) small.cluster.hold_gauges(i, key.time);
  };
  small.send(a, 0, ms(0));
  EXPECT_EQ(shown(small, 0.5), "0 0 0") << "no step has ended";
  EXPECT_EQ(shown(small, 1), "1 0 4");
  small.send(b, 0, ms(1.5));
  EXPECT_EQ(shown(small, 1.9), "1 0 4") << "the block that the second step took is not told of";
  EXPECT_EQ(shown(small, 2), "1 0 5") << "B came while the step ran that has ended";
  EXPECT_EQ(shown(small, 3), "1 1 5");
  small.send(c, 0, ms(4));
  EXPECT_EQ(shown(small, 4), "1 1 5") << "it sees the step that ends as it comes";
  EXPECT_EQ(shown(small, 5), "1 2 5") << "C was there when that step began";
  EXPECT_EQ(shown(small, 17), "1 2 5");
  EXPECT_EQ(shown(small, 18), "1 2 6") << "token 81 took a block in the step from 17 to 18 ms";
  EXPECT_EQ(shown(small, 20), "0 2 0") << "A has ended, nobody is scheduled yet";
  EXPECT_EQ(shown(small, 21), "1 1 4");
}

TEST(PublishedGaugesOfIdleEngines, SayHowTheyAre) {
  SmallCluster small;
  const auto a = small.request(4, 1, 0);
  small.start();
  small.cluster.publish_gauges();
  small.send(a, 0, ms(0));
  EXPECT_EQ(shown(small, 5), "0 0 0");
}

}  // namespace
}  // namespace pigou
