// What does a router see of the LoRA adapters in use, and when?
#include <gtest/gtest.h>

#include "view/small_cluster.hpp"

namespace pigou {
namespace {

constexpr std::uint64_t kSeed = 5;

/// One instance with room for one adapter: 65 runs from 0 to 50 ms, 2 waits behind it until then,
/// and a request of the base model comes at 20 ms.
struct Scene {
  SmallCluster small;
  View view;

  explicit Scene(const ViewNeeds& needs) {
    small.max_loras = 1;
    small.adapter = {65, 2, 0};
    small.request(4, 50, 0);
    small.request(4, 30, 10);
    small.request(4, 80, 20);
    small.start();
    view = View(needs, small.cluster, 1, kSeed);
    small.before = [this](InstanceId i, const EventKey& key) {
      view.before_change(i, small.cluster, key.time, key.phase);
    };
    for (std::uint32_t row = 0; row < 3; ++row) small.send(row, 0, ms(10.0 * row));
  }
  /// "running / waiting of those named" as seen at `time`.
  std::string seen(double time) {
    small.run_to(ms(time));
    view.open(small.cluster, small.view_of(0), 0, ms(time));
    const AdapterColumns columns = view.adapter_columns();
    std::string text;
    for (const std::uint32_t adapter : {1U, 2U, 64U, 65U})
      if (columns.running(0, adapter)) text += std::to_string(adapter) + " ";
    text += "/";
    for (const std::uint32_t adapter : {1U, 2U, 64U, 65U})
      if (columns.waiting(0, adapter)) text += " " + std::to_string(adapter);
    return text + " of " + std::to_string(columns.named[0]) + ", " +
           std::to_string(columns.most[0]);
  }
};

ViewNeeds needs(double delay_s) {
  ViewNeeds needs;
  needs.snapshot_period_s = 0.001;
  needs.snapshot_delay_s = delay_s;
  needs.adapter_gauges = true;
  return needs;
}

TEST(AdapterGauges, NameWhatRunsAndWhatWaits) {
  Scene scene(needs(0));
  EXPECT_EQ(scene.seen(25), "65 / 2 of 2, 1") << "the base model is not named";
  EXPECT_EQ(scene.seen(60), "2 / of 1, 1");
  EXPECT_EQ(scene.seen(99), "/ of 0, 1") << "only the base model runs";
}

TEST(AdapterGauges, AreAsOldAsTheOthers) {
  Scene scene(needs(0.03));
  EXPECT_EQ(scene.seen(25), "/ of 0, 0") << "no snapshot has arrived";
  EXPECT_EQ(scene.seen(55), "65 / 2 of 2, 1");
  EXPECT_EQ(scene.seen(95), "2 / of 1, 1");
}

TEST(AdapterGauges, AreNotThereUnlessAskedForOrWithoutAdapters) {
  ViewNeeds others = needs(0);
  others.adapter_gauges = false;
  Scene scene(others);
  EXPECT_EQ(scene.view.adapter_columns().sets, nullptr);
  SmallCluster plain;
  plain.request(4, 50, 0);
  plain.start();
  View view(needs(0), plain.cluster, 1, kSeed);
  EXPECT_EQ(view.adapter_columns().sets, nullptr);
}

}  // namespace
}  // namespace pigou
