// The order of events is total and typed: (time, phase, source), never insertion order.
#include "core/event_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/random_stream.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

/// Takes every event out of the tree, in its order.
std::vector<EventKey> drain(EventTree tree) {
  std::vector<EventKey> order;
  while (tree.top().time != kNever) {
    order.push_back(tree.top());
    tree.cancel(order.back().source);
  }
  return order;
}

TEST(EventTree, an_empty_tree_never_happens) {
  EXPECT_EQ(EventTree().top().time, kNever);
  EXPECT_EQ(EventTree(5).top().time, kNever);
}

TEST(EventTree, earlier_times_then_earlier_phases_then_lower_sources_come_first) {
  EventTree tree(4);
  tree.set(0, {20}, Phase::kStepEnd);
  tree.set(1, {10}, Phase::kStepStart);
  tree.set(2, {10}, Phase::kArrival);
  tree.set(3, {10}, Phase::kArrival);
  std::vector<std::uint32_t> sources;
  for (const EventKey& key : drain(tree)) sources.push_back(key.source);
  EXPECT_EQ(sources, (std::vector<std::uint32_t>{2, 3, 1, 0}));
}

TEST(EventTree, the_order_of_insertion_changes_nothing) {
  std::vector<EventKey> events;
  for (std::uint32_t source = 0; source < 7; ++source)
    events.push_back({{source / 3}, source % 2 != 0 ? Phase::kTimer : Phase::kArrival, source});
  std::vector<std::uint32_t> order = {0, 1, 2, 3, 4, 5, 6};
  const auto fill = [&] {
    EventTree tree(7);
    for (const std::uint32_t i : order) tree.set(i, events[i].time, events[i].phase);
    return drain(tree);
  };
  const auto expected = fill();
  EXPECT_TRUE(std::is_sorted(expected.begin(), expected.end()));
  while (std::next_permutation(order.begin(), order.end())) ASSERT_EQ(fill(), expected);
}

TEST(EventTree, agrees_with_a_sorted_map_under_random_changes_and_cancels) {
  const RandomStream stream(3, "event-tree");
  for (const std::uint32_t sources : {1u, 2u, 3u, 17u, 64u, 100u}) {
    EventTree tree(sources);
    std::map<std::uint32_t, EventKey> pending;
    for (std::uint32_t step = 0, end = draws(3000, "steps"); step < end; ++step) {
      const std::uint32_t source = stream.below(sources, step, 0);
      const auto phase = static_cast<Phase>(stream.below(6, step, 1));
      if (stream.below(4, step, 2) == 0) {
        tree.cancel(source);
        pending.erase(source);
      } else {
        const SimTime time{stream.below(20, step, 3)};
        tree.set(source, time, phase);
        pending[source] = {time, phase, source};
      }
      if (pending.empty()) {
        ASSERT_EQ(tree.top().time, kNever);
        continue;
      }
      const auto first = std::min_element(pending.begin(), pending.end(),
                                          [](auto& a, auto& b) { return a.second < b.second; });
      ASSERT_EQ(tree.top(), first->second) << sources << " sources, step " << step;
    }
  }
}

TEST(EventTree, a_copy_lives_on_its_own) {
  EventTree tree(3);
  tree.set(1, {5}, Phase::kArrival);
  EventTree copy = tree;
  copy.cancel(1);
  EXPECT_EQ(tree.top().source, 1u);
  EXPECT_EQ(copy.top().time, kNever);
}

}  // namespace
}  // namespace pigou
