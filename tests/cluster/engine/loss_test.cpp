// What is lost with an instance?
#include "cluster/engine/loss.hpp"

#include <gtest/gtest.h>

#include "cluster/engine/one_engine.hpp"

namespace pigou {
namespace {

TEST(Loss, EveryCallInOrderOfRequestsAndNoBlockStaysTaken) {
  Engine e(512, 5);
  const auto a = e.request(31, 9, true);
  const auto b = e.request(30, 9, true, 10);
  const auto c = e.request(64, 1, true, 20);  // waits
  e.start();
  e.cluster().record_kv_events(1);
  e.send(b);
  e.send(a);
  e.send(c);
  e.step();
  e.step();
  e.cluster().kv_events(0).clear();
  e.wait(SimTime{kPsPerMillisecond / 2});
  e.cluster().fail(0, e.now(), e.events());
  const auto& notices = e.cluster().notices;
  ASSERT_EQ(notices.size(), 3U);
  for (std::uint32_t n = 0; n < 3; ++n) {
    EXPECT_EQ(notices[n].kind, Notice::Kind::kLost);
    EXPECT_EQ(e.cluster().calls[notices[n].call].request, n);
    EXPECT_EQ(notices[n].value, n == c ? 0U : 1U) << "the step under way emitted nothing";
  }
  EXPECT_EQ(e.free_blocks(), 5U);
  EXPECT_EQ(e.instance().running.count + e.instance().waiting.count, 0U);
  EXPECT_EQ(e.instance().busy_ps, kPsPerMillisecond + kPsPerMillisecond / 2) << "but it was work";
  ASSERT_EQ(e.cluster().kv_events(0).size(), 1U);
  EXPECT_EQ(e.cluster().kv_events(0)[0].segment, kNoIndex) << "nothing is held any more";
  e.cluster().check_laws();
  EXPECT_EQ(e.step(), "idle");
}

}  // namespace
}  // namespace pigou
