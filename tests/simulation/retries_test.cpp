// Do lost requests wait as long as the router would have them wait, and do breakers keep them away?
#include "simulation/retries.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random_stream.hpp"
#include "routing/policy_table.hpp"
#include "simulation/breakers.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

using enum Breakers::State;
constexpr auto kFinished = static_cast<std::uint8_t>(Outcome::kFinished);
constexpr auto kFailed = static_cast<std::uint8_t>(Outcome::kFailed);
constexpr auto kTimedOut = static_cast<std::uint8_t>(Outcome::kTimedOut);

std::int64_t wait_ms(const RetryBackoff& backoff, std::uint32_t k, double uniform = 0.5) {
  const SimTime wait = retry_delay(backoff, k, uniform);
  EXPECT_EQ(wait.ps % kPsPerMillisecond, 0);
  return wait.ps / kPsPerMillisecond;
}

TEST(RetryDelay, IsSmgsByHand) {
  const RetryBackoff smg = kGatewayLost.backoff;
  // 50, 75, 112.5, 168.75, 253.125 ... ms, fractions cut off.
  const std::vector<std::int64_t> plain = {50, 75, 112, 168, 253};
  for (std::uint32_t k = 0; k < plain.size(); ++k) EXPECT_EQ(wait_ms(smg, k), plain[k]) << k;
  // A draw of 0 is -20 %, one of 3/4 is +10 %: 168 - 33.6 and 168 + 16.8, 75 + 7.5, rounded.
  EXPECT_EQ(wait_ms(smg, 3, 0), 134);
  EXPECT_EQ(wait_ms(smg, 3, 0.75), 185);
  EXPECT_EQ(wait_ms(smg, 1, 0.75), 83) << "half a millisecond goes up";
}

TEST(RetryDelay, IsBounded) {
  const RetryBackoff backoff = {.initial_s = 0.1, .max_s = 0.25, .multiplier = 2, .jitter = 1};
  EXPECT_EQ(wait_ms(backoff, 1), 200);
  for (const std::uint32_t k : {2U, 10U, 1000U}) EXPECT_EQ(wait_ms(backoff, k), 250) << k;
  EXPECT_EQ(wait_ms(backoff, 2, 0), 0) << "jitter can take all of it";
  EXPECT_EQ(wait_ms({}, 5), 0) << "at once";
}

TEST(Breakers, OpenAfterARunOfLossesAndCloseAfterARunOfSuccesses) {
  const auto at = [](std::int64_t s) { return SimTime{s * kPsPerSecond}; };
  Breakers breakers(kGatewayLost.breaker, 2, 3);
  const auto fail = [&](std::int64_t s, int times) {
    bool opened = false;
    for (; times > 0; --times) opened = breakers.fails(at(s), 1, 2);
    return opened;
  };
  EXPECT_FALSE(fail(1, 9));
  breakers.succeeds(at(2), 1, 2);
  EXPECT_FALSE(fail(3, 9)) << "a success between them starts the run again";
  EXPECT_TRUE(fail(200, 1)) << "there is no window: losses long ago count";
  EXPECT_FALSE(breakers.allows(1, 2));
  EXPECT_TRUE(breakers.allows(0, 2)) << "the other replica has seen nothing";
  EXPECT_TRUE(breakers.allows(1, 1));
  EXPECT_FALSE(fail(210, 5)) << "of calls that were on their way";
  EXPECT_EQ(breakers.next(), at(260)) << "counted from when it opened";
  breakers.succeeds(at(250), 1, 2);
  ASSERT_TRUE(breakers.end_next());
  EXPECT_EQ(breakers.state(1, 2), kHalfOpen);
  EXPECT_TRUE(breakers.allows(1, 2));
  breakers.succeeds(at(261), 1, 2);
  breakers.succeeds(at(262), 1, 2);
  EXPECT_TRUE(fail(263, 1)) << "two successes of three, then one loss";
  EXPECT_EQ(breakers.next(), at(323));
  ASSERT_TRUE(breakers.end_next());
  for (const std::int64_t s : {324, 325, 326}) breakers.succeeds(at(s), 1, 2);
  EXPECT_FALSE(fail(327, 9)) << "closed: it takes ten again";
  EXPECT_EQ(breakers.state(1, 2), kClosed);
}

TEST(Breakers, OfAReplacedInstanceAreNew) {
  Breakers breakers({.failures = 1, .successes = 1, .open_s = 60}, 1, 2);
  EXPECT_TRUE(breakers.fails({kPsPerSecond}, 0, 1));
  breakers.replace({2 * kPsPerSecond}, 1);
  EXPECT_TRUE(breakers.allows(0, 1));
  EXPECT_FALSE(breakers.end_next()) << "the old one's end concerns nobody";
}

FleetEvent fails_at(double ms, InstanceId instance) {
  return {ms * 1e-3, instance, FleetAction::kFail};
}

/// The first available instance.
void first_available(const Decision& d, RouterView& view, std::vector<Action>& out) {
  InstanceId i = 0;
  while (!view.available(i)) ++i;
  if (d.hook == Hook::kArrival) out.push_back({ActionKind::kPlace, d.slot, i});
}

FleetConfig smg_fleet() {
  FleetConfig fleet;
  fleet.retries = kGatewayLost.retries;
  fleet.backoff = kGatewayLost.backoff;
  fleet.waits_for_somebody = kGatewayLost.waits_for_somebody;
  fleet.breaker = kGatewayLost.breaker;
  return fleet;
}

/// What retry `k` of `request` waits under seed 1.
double wait_s(RequestId request, std::uint32_t k) {
  const RandomStream stream(1, "retry");
  return to_seconds(retry_delay(kGatewayLost.backoff, k, stream.uniform(request, k)));
}

TEST(Retries, SmgsRequestsComeBackAfterTheirBackOff) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  for (std::uint32_t r = 0; r < 8; ++r)
    small.request(0, 64, 10, 100 * r);  // 512 tokens: a token at 1 ms
  small.config.fleet = smg_fleet();
  small.config.fleet.events = {fails_at(0.5, 0)};
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.summary.finished, 8U);
  EXPECT_EQ(result.summary.retries, 8U);
  std::vector<double> waits;
  for (std::uint32_t r = 0; r < 8; ++r) {
    waits.push_back(wait_s(RequestId{r}, 0));
    EXPECT_GE(waits.back(), 0.040);
    EXPECT_LE(waits.back(), 0.060);
    EXPECT_EQ(result.requests.instance[r], 1);
    EXPECT_EQ(result.requests.attempts[r], 2U);
    // Whole milliseconds after the failure, so in between the steps of those who came before.
    const double earliest = 0.0005 + waits.back() + 0.001;
    EXPECT_GE(result.requests.ttft_s[r], earliest - 1e-9);
    EXPECT_LE(result.requests.ttft_s[r], earliest + 0.001 + 1e-9);
  }
  EXPECT_NE(*std::ranges::min_element(waits), *std::ranges::max_element(waits)) << "jitter";
}

TEST(Retries, AnAttemptForWhichThereIsNobodyIsALostOne) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(5, 64, 2, 0);
  small.config.fleet = smg_fleet();
  small.config.fleet.start_down = {0};
  small.config.fleet.events = {{10, 0, FleetAction::kJoin}};
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.requests.outcome[0], kFailed) << "five answers of 503";
  EXPECT_EQ(result.requests.attempts[0], 5U);
  double waits_s = 0;
  for (std::uint32_t k = 0; k < 4; ++k) waits_s += wait_s(0, k);
  EXPECT_NEAR(result.summary.simulated_s, waits_s, 1e-9) << "from arrival to failure";
  small.config.fleet.events = {{0.1, 0, FleetAction::kJoin}};
  EXPECT_EQ(small.run({}, first_available).requests.outcome[0], kFinished) << "there in time";
}

TEST(Retries, TheClientsPatienceRunsOnDuringABackOff) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  small.request(0, 5120, 5, 0);  // ten steps
  small.config.fleet = smg_fleet();
  small.config.fleet.events = {fails_at(1.5, 0)};
  small.config.timeout_s = 0.030;
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.requests.outcome[0], kTimedOut);
  EXPECT_NEAR(result.summary.simulated_s, 0.030, 1e-9);
  EXPECT_EQ(result.requests.attempts[0], 1U);
}

/// Two instances, the first dead without anybody noticing; a request each 100 ms from 1 s on.
SmallRun one_is_dead(std::uint32_t requests) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  for (std::uint32_t r = 0; r < requests; ++r) small.request(1000 + 100 * r, 64, 2, 100 * r);
  small.config.fleet.events = {fails_at(1, 0)};
  small.config.fleet.detection_s = 1000;
  small.config.fleet.retries = 1;
  small.config.fleet.breaker = {.failures = 4, .successes = 2, .open_s = 0.75};
  return small;
}

TEST(Breakers, KeepRequestsFromADeadInstanceUntilTheyHalfOpen) {
  const SmallRun small = one_is_dead(20);
  const RunResult result = small.run({}, first_available);
  // Requests 0 and 1 are refused twice each: four losses at 1.1 s open it until 1.85 s. Request 9
  // at 1.9 s tries it, which opens it until 2.65 s, and goes on to instance 1; request 17 likewise.
  for (std::uint32_t r = 0; r < 20; ++r) {
    EXPECT_EQ(result.requests.outcome[r], r < 2 ? kFailed : kFinished) << r;
    EXPECT_EQ(result.requests.attempts[r], r < 2 || r == 9 || r == 17 ? 2U : 1U) << r;
  }
  EXPECT_EQ(result.summary.breakers_opened, 3U);
}

TEST(Breakers, CloseWhenTheInstanceIsBack) {
  SmallRun small = one_is_dead(30);
  small.config.fleet.events.push_back({1.5, 0, FleetAction::kRecover});
  small.config.fleet.events.push_back(fails_at(2650, 0));
  const RunResult result = small.run({}, first_available);
  for (std::uint32_t r = 2; r < 30; ++r) {
    const bool to_the_first = r >= 9 && r <= 16;
    if (r == 17 || r == 18) continue;
    EXPECT_EQ(result.requests.instance[r], to_the_first ? 0 : 1) << r;
  }
  // Closed by requests 9 and 10, it takes four losses again: both attempts of 17 and of 18.
  EXPECT_EQ(result.requests.outcome[17], kFailed);
  EXPECT_EQ(result.requests.outcome[18], kFailed);
  EXPECT_EQ(result.summary.breakers_opened, 3U) << "request 26 tries it once more";
}

TEST(Breakers, OfOneReplicaSayNothingToTheOther) {
  SmallRun small = one_is_dead(8);
  small.config.gateway.replicas = 2;  // in turns
  const RunResult result = small.run({}, first_available);
  for (std::uint32_t r = 0; r < 8; ++r)
    EXPECT_EQ(result.requests.outcome[r], r < 4 ? kFailed : kFinished) << r;
  EXPECT_EQ(result.summary.breakers_opened, 2U);
}

TEST(Breakers, LetRequestsWaitUntilOneHalfOpens) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 5120, 2, 0);  // ten steps
  small.request(10, 64, 2, 500);
  small.config.fleet.events = {fails_at(2, 0), {0.003, 0, FleetAction::kRecover}};
  small.config.fleet.detection_s = 1000;
  small.config.fleet.breaker = {.failures = 1, .successes = 1, .open_s = 0.5};
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.summary.finished, 2U);
  EXPECT_NEAR(result.requests.queue_s[0], 0.502, 1e-9);
  EXPECT_NEAR(result.requests.queue_s[1], 0.492, 0.02);
  small.config.fleet.waits_for_somebody = false;
  small.config.fleet.retries = 3;
  EXPECT_EQ(small.run({}, first_available).summary.failed, 2U) << "no wait between four attempts";
}

}  // namespace
}  // namespace pigou
