// Small clusters whose right answers were worked out by hand: when engines tell what they hold and
// how loaded they are, copies of a block, and turns that come early.
#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using testing::run_pigou;
using testing::Scratch;
using Json = nlohmann::json;

/// Runs a case of tests/cases and says what explain knows of one of its requests.
Json explained(const std::string& name, int request, const std::string& options = "") {
  const Scratch scratch;
  const std::string out = scratch.file("out.h5");
  const auto ran = run_pigou("run tests/cases/" + name + "/scenario.json -q --decisions all -o " +
                             out + " " + options);
  EXPECT_EQ(ran.code, 0) << ran.err;
  return Json::parse(
      run_pigou("explain " + out + " -r " + std::to_string(request) + " --json").out);
}

double ttft_s(const Json& request) { return request["outcome"]["ttft_s"].get<double>(); }
/// Of two output tokens, the second's time after the first.
double second_token_s(const Json& request) {
  return request["outcome"]["e2e_s"].get<double>() - ttft_s(request);
}

class KvEventCases : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Behaviour, KvEventCases,
                         ::testing::Values("kvevent-llm-d-epp", "kvevent-dynamo-kv"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::erase(name, '-');
                           return name;
                         });

/// The step of request 0 computes 1,000 tokens from 0 to 1 s; request 1 comes at 0.5 s and shares
/// 800 of them. Nothing has been told, so where nobody is it takes one step of 1,000 ms. dynamo-kv
/// has booked the first one; llm-d's gauges show no step yet either, so it draws.
TEST_P(KvEventCases, KvEventsLeaveAfterTheStepThatComputedTheBlocks) {
  int apart = 0;
  for (int seed = 1; seed <= 6; ++seed) {
    const std::string options = "--seed " + std::to_string(seed);
    const Json second = explained(GetParam(), 1, options);
    const Json first = explained(GetParam(), 0, options);
    const Json& decision = second["decisions"][0];
    for (const Json& candidate : decision["candidates"]) EXPECT_EQ(candidate["believed_tokens"], 0);
    if (decision["instance"] == first["decisions"][0]["instance"]) {
      EXPECT_EQ(decision["ties"], 2) << "nothing speaks for it";
      continue;
    }
    EXPECT_NEAR(ttft_s(second), 1.0, 1e-9);
    EXPECT_NEAR(second_token_s(first), 0.010, 1e-9) << "nobody is in its way";
    ++apart;
  }
  EXPECT_GE(apart, 2);
}

/// Versions that told when they scheduled: 800 tokens are believed there at 0.5 s. llm-d follows
/// them: the request waits for the step to end and computes 200 tokens beside the other's decode,
/// until 0.5 + 0.01 + 0.201. What dynamo-kv has booked there weighs more.
TEST_P(KvEventCases, OlderVersionsTellWhenTheyScheduleTheStep) {
  const std::string options = "--set engine.kv_events=at-schedule";
  const Json second = explained(GetParam(), 1, options);
  const Json first = explained(GetParam(), 0, options)["decisions"][0]["instance"];
  const Json& decision = second["decisions"][0];
  for (const Json& candidate : decision["candidates"])
    EXPECT_EQ(candidate["believed_tokens"], candidate["instance"] == first ? 800 : 0);
  const bool follows = std::string(GetParam()) == "kvevent-llm-d-epp";
  EXPECT_EQ(decision["instance"] == first, follows);
  EXPECT_NEAR(ttft_s(second), follows ? 0.711 : 1.0, 1e-9);
}

/// Request 0 decodes at d[0]. Request 1's decode side waits at d[1] for its KV, from 28 to 41 s,
/// when request 2 needs one: its queue of one call weighs more than the other's KV usage.
TEST(Behaviour, CallsThatWaitForRemoteKvAreInTheWaitingGauge) {
  const Json third = explained("gauge-loading", 2);
  const Json& decision = third["decisions"].back();
  EXPECT_EQ(decision["decode_instance"], 1) << "d[0]";
  for (const Json& candidate : decision["candidates"]) {
    EXPECT_EQ(candidate["seen_waiting"], candidate["instance"] == 2 ? 1 : 0);
  }
}

/// The first step of request 0 ends at 1 s; at 0.9 s its engine has never published anything.
TEST(Behaviour, GaugesShowTheLastStepThatHasEnded) {
  const Json second = explained("gauge-midstep", 1);
  ASSERT_EQ(second["decisions"][0]["candidates"].size(), 2u);
  for (const Json& candidate : second["decisions"][0]["candidates"]) {
    EXPECT_EQ(candidate["seen_running"], 0);
    EXPECT_EQ(candidate["seen_waiting"], 0);
    EXPECT_EQ(candidate["seen_kv_usage"], 0);
  }
}

/// A and B have the same prompt of 100 blocks, and B's KV arrives while A's is there: its blocks
/// are copies. When A has gone, its 100 blocks of 240 are free for C, which waits for nobody but a
/// step: 1.6 s of prefill, 0.2097 s of transfer. Where A and B differ, nothing is a copy.
TEST(Behaviour, ATwinDoesNotPinTheFirstOwnersCopy) {
  EXPECT_NEAR(ttft_s(explained("twin-pd", 2)), 1.825430, 5e-7);
  EXPECT_NEAR(ttft_s(explained("twin-pd-control-different-prompts", 2)), 2.029430, 5e-7);
}

/// The answer's tokens 65 to 108 are there when the next turn is looked up at 0.504 s: six full
/// blocks. 48 tokens beside one that decodes take 0.059 s. After its end all seven full ones hit.
TEST(Behaviour, ATurnThatComesEarlyHitsWhatIsFilled) {
  const Json early = explained("turn-before-answer-ends", 1);
  EXPECT_EQ(early["outcome"]["hit_tokens"], 96);
  EXPECT_NEAR(ttft_s(early), 0.063, 1e-9);
  const Json late = explained("turn-after-answer-ends", 1);
  EXPECT_EQ(late["outcome"]["hit_tokens"], 112);
  EXPECT_NEAR(ttft_s(late), 0.032, 1e-9);
}

}  // namespace
}  // namespace pigou
