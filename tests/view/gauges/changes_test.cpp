// Does the view say of just those gauges that have changed that they have?
#include <gtest/gtest.h>

#include "view/small_cluster.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kInstances = 40;
constexpr std::size_t kBlocks = GaugeColumns::blocks_of(kInstances);

/// Gauges of each block, one after the other.
std::vector<std::vector<double>> blocks_seen(View& view) {
  const GaugeColumns columns = view.gauge_columns();
  std::vector<std::vector<double>> blocks(kBlocks);
  for (InstanceId i = 0; i < kInstances; ++i) {
    std::vector<double>& block = blocks[i / GaugeColumns::kGaugeBlock];
    block.insert(block.end(), {static_cast<double>(columns.running[i]),
                               static_cast<double>(columns.waiting[i]), columns.kv_usage[i]});
  }
  return blocks;
}

TEST(GaugeChanges, AreThoseOfTheBlocksWhoseGaugesDiffer) {
  SmallCluster small;
  small.instances = kInstances;
  for (std::uint32_t row = 0; row < 3; ++row) small.request(4, 20 + 10 * row, 10 * row);
  small.start();
  ViewNeeds needs;
  needs.snapshot_period_s = 0.003;
  View view(needs, small.cluster, 1, 5);
  small.before = [&](InstanceId i, const EventKey& key) {
    view.before_change(i, small.cluster, key.time, key.phase);
  };
  small.send(0, 0, ms(10));
  small.send(1, 17, ms(10));
  small.send(2, 39, ms(10));
  int differed = 0;
  int stood = 0;
  for (double time = 10; time < 80; time += 1) {
    const auto before = blocks_seen(view);
    const std::uint64_t* changes = view.gauge_columns().changes;
    const std::vector<std::uint64_t> numbers(changes, changes + kBlocks);
    const std::uint64_t last = std::ranges::max(numbers);
    small.run_to(ms(time));
    view.open(small.cluster, small.view_of(0), 0, ms(time));
    const auto after = blocks_seen(view);
    for (std::size_t b = 0; b < kBlocks; ++b) {
      const bool differs = before[b] != after[b];
      (differs ? differed : stood) += 1;
      if (differs)
        EXPECT_GT(view.gauge_columns().changes[b], last) << "block " << b << " at " << time;
      else
        EXPECT_EQ(view.gauge_columns().changes[b], numbers[b]) << "block " << b << " at " << time;
    }
  }
  EXPECT_GT(differed, 5);
  EXPECT_GT(stood, 20);
}

}  // namespace
}  // namespace pigou
