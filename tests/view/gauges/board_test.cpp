// What stands on the board before and after a snapshot has arrived?
#include "view/gauges/board.hpp"

#include <gtest/gtest.h>

#include "view/small_cluster.hpp"

namespace pigou {
namespace {

std::shared_ptr<const FleetShape> one_instance() {
  return std::make_shared<const FleetShape>(FleetShape{1, 1, {100}, {512}, {0}});
}

TEST(GaugeBoard, IsBlankWithoutAPeriod) {
  SmallCluster small;
  small.request(4, 8, 0);
  small.start();
  GaugeBoard board(ViewNeeds{}, one_instance(), small.cluster, 1);
  EXPECT_FALSE(board.active());
  board.bring_to(small.cluster, ms(5));
  EXPECT_EQ(board.columns().running, nullptr);
}

TEST(GaugeBoard, ShowsTheNewestSnapshotThatHasArrived) {
  SmallCluster small;
  small.request(4, 100, 0);
  small.start();
  ViewNeeds needs;
  needs.snapshot_period_s = 0.010;
  needs.snapshot_delay_s = 0.005;
  GaugeBoard board(needs, one_instance(), small.cluster, 1);
  small.before = [&](InstanceId i, const EventKey& key) {
    board.before_change(i, small.cluster, key.time, key.phase);
  };
  const SimTime first = board.ring().next_tick(0);
  const SimTime second = first + ms(10);
  small.send(0, 0, first + ms(1));
  small.run_to(second + ms(4));
  board.bring_to(small.cluster, second + ms(4));
  EXPECT_EQ(board.columns().tick[0], 0) << "the second is still on its way";
  EXPECT_EQ(board.columns().running[0], 0U);
  EXPECT_EQ(board.columns().changes[0], 0U);
  small.run_to(second + ms(5));
  board.bring_to(small.cluster, second + ms(5));
  EXPECT_EQ(board.columns().tick[0], 1);
  EXPECT_EQ(board.columns().running[0], 1U);
  EXPECT_EQ(board.columns().changes[0], 1U);
}

}  // namespace
}  // namespace pigou
