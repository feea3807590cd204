// Which blocks do a replica's bookings bring that no other of its bookings has there already?
#include "view/beliefs/router_beliefs.hpp"

#include <gtest/gtest.h>

#include "view/small_cluster.hpp"

namespace pigou {
namespace {

/// A prompt of four blocks, and one of the first two of them.
struct TwoPrompts {
  SmallCluster small;
  RouterBeliefs beliefs;

  TwoPrompts() {
    small.instances = 2;
    small.request(4, 1, 0);
    small.request(2, 1, 0);
    small.start();
    const FleetShape fleet{2, 2, {100, 100}, {512, 512}, {0, 0}};
    ViewNeeds needs;
    needs.shared_active = true;
    beliefs = RouterBeliefs(needs, fleet, small.cluster, 2, 1, {});
  }
  PathView path(std::uint32_t row) const { return small.view_of(row).path; }
};

TEST(RouterBeliefs, CountBlocksOfASharedPrefixOnce) {
  TwoPrompts two;
  EXPECT_EQ(two.beliefs.add_active(0, 1, two.path(0)), 4);
  EXPECT_EQ(two.beliefs.alone(0, 1, two.path(0)), 4);
  EXPECT_EQ(two.beliefs.add_active(0, 1, two.path(1)), 0);
  EXPECT_EQ(two.beliefs.alone(0, 1, two.path(0)), 2) << "the first two are shared now";
  EXPECT_EQ(two.beliefs.alone(0, 1, two.path(1)), 0);
  EXPECT_EQ(two.beliefs.add_active(0, 0, two.path(1)), 2) << "another instance";
  EXPECT_EQ(two.beliefs.add_active(1, 1, two.path(1)), 2) << "another replica";
  EXPECT_EQ(two.beliefs.drop_active(0, 1, two.path(0)), 2);
  EXPECT_EQ(two.beliefs.drop_active(0, 1, two.path(1)), 2);
}

TEST(RouterBeliefs, HearNothingWithoutAnIndexAndAreAlwaysFresh) {
  TwoPrompts two;
  EXPECT_FALSE(two.beliefs.hears_of(0));
  two.beliefs.open(0, two.path(0), SimTime{5});
  EXPECT_TRUE(two.beliefs.fresh());
  EXPECT_FALSE(two.beliefs.has_trees(0)) << "two instances are scanned";
}

TEST(RouterBeliefs, AreStaleFromTheOpeningOfADecisionUntilRefreshed) {
  TwoPrompts two;
  const FleetShape fleet{2, 2, {100, 100}, {512, 512}, {0, 0}};
  ViewNeeds needs;
  needs.prefix_index = true;
  RouterBeliefs beliefs(needs, fleet, two.small.cluster, 1, 1, {});
  EXPECT_TRUE(beliefs.hears_of(1));
  beliefs.open(0, two.path(0), SimTime{5});
  EXPECT_FALSE(beliefs.fresh());
  beliefs.refresh(two.small.cluster, [](std::uint32_t) {});
  EXPECT_TRUE(beliefs.fresh());
  EXPECT_EQ(beliefs.now(), SimTime{5});
}

}  // namespace
}  // namespace pigou
