// What does the window itself answer, whoever stands behind it?
#include "view/router_view.hpp"

#include <gtest/gtest.h>

namespace pigou {
namespace {

/// Two entry and three decode instances; the segment of a path says how much each holds of it.
class TinyView final : public RouterView {
 public:
  TinyView()
      : RouterView(std::make_shared<const FleetShape>(
            FleetShape{2, 2, {10, 10, 20, 20, 20}, {512, 512, 64, 64, 64}, {1, 2, 3, 4, 5}})) {}

  std::vector<std::int64_t> blocks = {7, 5, 4, 3, 3};
  std::vector<std::uint8_t> up;
  int measured = 0;

  InstanceColumns loads(Side side) const override {
    const std::size_t first = side == Side::kEntry ? 0 : 2;
    InstanceColumns columns;
    columns.active_blocks = blocks.data() + first;
    columns.eligible = up.empty() ? nullptr : up.data() + first;
    return columns;
  }
  void measure(const PathView& path, HeldBlocks& held) override {
    ++measured;
    held.clear(5);
    const auto first = static_cast<std::int32_t>(path.segment(0));
    held.overlap_blocks = {first, 2 * first, 0, 0, 0};
    held.host_blocks = {0, first, 0, 0, 0};
  }
};

RequestView asking(const std::uint32_t& segment) {
  RequestView request;
  request.path.prompt = {&segment, 1};
  return request;
}

TEST(RouterView, MeasuresTheOpenRequestOnceAndAWaitingOneBesideIt) {
  const std::uint32_t open = 4;
  const std::uint32_t waiting = 9;
  TinyView view;
  view.begin(asking(open));
  EXPECT_EQ(view.entry().overlap_blocks, nullptr);
  EXPECT_EQ(view.decode().overlap_blocks[2], 0) << "no belief is kept of decode caches";
  view.measure_overlap();
  view.measure_overlap();
  EXPECT_EQ(view.measured, 1);
  HeldBlocks held;
  view.measure(asking(waiting).path, held);
  EXPECT_EQ(held.overlap_blocks[1], 18);
  EXPECT_EQ(view.overlap_of(asking(waiting).path, 0), 9);
  EXPECT_EQ(view.entry().overlap_blocks[1], 8) << "the open request's columns stay";
  EXPECT_EQ(view.overlap_on(1), 8);
  EXPECT_EQ(view.lower_tiers().host_blocks[1], 4);
  EXPECT_EQ(view.lower_tiers().disk_blocks, nullptr) << "no such tier";
  view.turn_to(asking(waiting));
  EXPECT_EQ(view.entry().overlap_blocks, nullptr) << "of the next one nothing is measured yet";
  EXPECT_EQ(view.overlap_on(1), 18);
}

TEST(RouterView, ACopyIsAWindowOfItsOwn) {
  const std::uint32_t open = 4;
  const std::uint32_t other = 5;
  TinyView view;
  view.begin(asking(open));
  view.measure_overlap();
  TinyView copy = view;
  view.turn_to(asking(other));
  view.measure_overlap();
  EXPECT_EQ(copy.entry().overlap_blocks[0], 4);
  EXPECT_EQ(view.entry().overlap_blocks[0], 5);
}

TEST(RouterView, WithoutShortcutsFindsTheLeastDecodeInstanceAndNoSeparableOne) {
  TinyView view;
  EXPECT_EQ(view.least_separable(0), kNoIndex);
  EXPECT_TRUE(view.near_least_separable(1).instances.empty());
  EXPECT_EQ(view.least_decode_blocks(0), 1U);
  EXPECT_EQ(view.least_decode_blocks(UINT64_MAX), 2U) << "of two equals";
  view.up = {1, 1, 1, 0, 0};
  EXPECT_EQ(view.least_decode_blocks(0), 0U);
  EXPECT_TRUE(view.available(2));
  EXPECT_FALSE(view.available(3));
}

TEST(RouterView, ShowsNoGaugesWhereNoneAreKept) {
  TinyView view;
  EXPECT_EQ(view.gauges(1).tick, -1);
  EXPECT_EQ(view.adapter_columns().sets, nullptr);
}

}  // namespace
}  // namespace pigou
