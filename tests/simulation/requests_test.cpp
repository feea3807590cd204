// The arena of requests in flight.
#include "simulation/requests.hpp"

#include <gtest/gtest.h>

#include "simulation/small_run.hpp"

namespace pigou {
namespace {

std::shared_ptr<const Workload> three_requests() {
  SmallRun small;
  small.request(0, 64, 4, 0);
  small.request(1, 0, 0, 10);
  small.request(2, 32, 5, 20);
  return small.workload();
}

TEST(Requests, AnEmptyPromptOrAnswerCountsOneToken) {
  Requests requests;
  const auto workload = three_requests();
  const SlotId slot = requests.open(*workload, 1, SimTime{7});
  EXPECT_EQ(requests[slot].input, 1U);
  EXPECT_EQ(requests[slot].output, 1U);
  EXPECT_EQ(requests[slot].arrival, SimTime{7});
}

TEST(Requests, ASlotIsReusedOnceNothingHoldsIt) {
  Requests requests;
  const auto workload = three_requests();
  const SlotId slot = requests.open(*workload, 0, SimTime{0});
  requests.free_if_over(slot);
  EXPECT_TRUE(requests.waits(slot, 0)) << "it has not ended";
  requests[slot].ended = true;
  requests[slot].entry_call = 3;
  requests.free_if_over(slot);
  EXPECT_NE(requests.open(*workload, 1, SimTime{0}), slot) << "its call is still at an engine";
  requests[slot].entry_call = kNoIndex;
  requests[slot].held = 1;
  requests.free_if_over(slot);
  EXPECT_EQ(requests[slot].request, 0U) << "the gateway still names it";
  requests[slot].held = 0;
  requests.free_if_over(slot);
  requests.free_if_over(slot);
  EXPECT_EQ(requests.open(*workload, 2, SimTime{0}), slot);
  EXPECT_EQ(requests.slots(), 2U);
}

TEST(Requests, ThoseThatWaitAreAlive) {
  Requests requests;
  const auto workload = three_requests();
  const SlotId first = requests.open(*workload, 0, SimTime{0});
  requests.open(*workload, 1, SimTime{0});
  EXPECT_EQ(requests.alive(), 2U);
  requests[first].ended = true;
  EXPECT_EQ(requests.alive(), 1U);
  requests.free_if_over(first);
  EXPECT_EQ(requests.alive(), 1U);
  EXPECT_FALSE(requests.waits(first, 0));
}

}  // namespace
}  // namespace pigou
