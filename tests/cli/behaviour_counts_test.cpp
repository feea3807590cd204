// What became of every request is said everywhere, and latencies say over how many they are.
#include <cmath>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;
using testing::Outcome;
using testing::run_pigou;

const std::string kCase = "tests/cases/failed-not-counted/scenario.json";

void expect_words(const std::string& text, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(text.find(word), std::string::npos) << "no '" << word << "' in\n" << text;
}

std::string output_of(const std::string& arguments) {
  const Outcome outcome = run_pigou(arguments);
  EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
  return outcome.out;
}

/// arrived = finished + rejected + timed out + failed + in flight
void expect_sum(const Json& counts, const std::string& what) {
  std::uint64_t sum = 0;
  for (const char* end : {"finished", "rejected", "timed_out", "failed", "in_flight"})
    sum += counts.at(end).get<std::uint64_t>();
  EXPECT_EQ(counts.at("arrived").get<std::uint64_t>(), sum) << what << counts;
}

// 40 requests, 4 a second, in turn on two instances, each about 0.59 s (0.1 s of prefill, 49 steps
// of 0.01 s and what others' prefills add). One instance fails at 3.2 s while it holds two requests
// that have had tokens, which round-robin's rule does not try again.
TEST(Counts, DoRunsSayThatTwoOfFortyFailed) {
  expect_words(output_of("run " + kCase), {"requests    40 arrived = 38 finished + 0 rejected + "
                                           "0 timed out + 2 failed + 0 in flight\n",
                                           "over 38 of 40 requests\n"});
  const Json json = Json::parse(output_of("run " + kCase + " --json"));
  EXPECT_EQ(json["requests"]["finished"], 38);
  EXPECT_EQ(json["requests"]["failed"], 2);
  expect_sum(json["requests"], "run");
  for (const char* latency : {"ttft_s", "tpot_s", "e2e_s", "queue_s"})
    EXPECT_EQ(json[latency]["requests"], 38) << latency;
  EXPECT_GT(json["itl_s"]["gaps"].get<int>(), 38 * 49) << "the lost ones had tokens too";
}

TEST(Counts, DoComparisonsSayThatTwoOfFortyFailed) {
  const std::string words = "compare " + kCase + " --router round-robin --router least-outstanding";
  const std::string table = output_of(words + " --seeds 1");
  expect_words(table, {"arrived req                   40", "finished req                  38",
                       "failed req                     2",
                       "over finished requests: round-robin 38 of 40, least-outstanding "});
  EXPECT_EQ(table.find("rejected req  "), std::string::npos) << "nobody rejected any";
  const Json json = Json::parse(output_of(words + " --seeds 3 --json"));
  for (const Json& router : json["routers"]) {
    for (const Json& run : router["runs"]) expect_sum(run, "compare");
    EXPECT_EQ(router["mean"]["requests.arrived"], 40);
  }
  EXPECT_EQ(json["routers"][0]["runs"][0]["failed"], 2);
  EXPECT_EQ(json["routers"][0]["runs"][0]["ttft_s.requests"], 38);
  EXPECT_EQ(json["routers"][0]["mean"]["requests.failed"], 2);
  EXPECT_TRUE(json["routers"][1]["difference_from_first"].contains("requests.failed"));
}

TEST(Counts, DoSweepsSayThatTwoOfFortyFailed) {
  const std::string words = "sweep " + kCase + " --vary cluster.pools.serve.count=2,3 --seeds 1";
  expect_words(output_of(words), {"arrived req", "finished req", "failed req",
                                  "over finished requests, as many as the table says"});
  const Json figures = Json::parse(output_of(words + " --json"))["points"][0]["figures"];
  EXPECT_EQ(figures["requests/arrived"]["mean"], 40);
  EXPECT_EQ(figures["requests/finished"]["mean"], 38);
  EXPECT_EQ(figures["requests/failed"]["mean"], 2);
  EXPECT_EQ(figures["ttft_s/requests"]["mean"], 38);
}

TEST(Counts, DoCapacitiesCountWhatFailedAtEachLoad) {
  const std::string words = "capacity " + kCase + " --slo 'ttft_p50<=5s' --low 1 --high 2";
  expect_words(output_of(words),
               {"finished req", "requests    ", " failed + 0 in flight", "infinitely late"});
  const Json json = Json::parse(output_of(words + " --json"));
  bool seen = false;
  for (const Json& probe : json["routers"][0]["probes"]) {
    expect_sum(probe["requests"], "capacity");
    seen = seen || probe["requests"]["failed"].get<int>() > 0;
  }
  EXPECT_TRUE(seen) << json;
}

TEST(Counts, AreRetriesSaid) {
  const std::string retried = kCase + " --set fleet.retry=continue --set fleet.retries=3";
  expect_words(output_of("run " + retried), {"40 arrived = 40 finished + 0 rejected",
                                             "retries     2 attempts lost and made again\n"});
  expect_words(output_of("compare " + retried + " --router round-robin --router random"),
               {"finished req                  40", "retries                        2"});
}

TEST(Counts, DoTermsSumWhateverEndsRequests) {
  for (const char* set : {"workload.timeout_s=0.3", "cluster.pools.serve.engine.max_model_len=140",
                          "fleet.retries=0", "workload.synth.rate=400"}) {
    const Json json = Json::parse(output_of("run " + kCase + " --set " + set + " --json"));
    expect_sum(json["requests"], set);
    const Json both = Json::parse(output_of("compare " + kCase + " --set " + set +
                                            " --router random --router min-ttft --seeds 2 --json"));
    for (const Json& router : both["routers"])
      for (const Json& run : router["runs"]) expect_sum(run, set);
  }
}

TEST(Counts, SaysNothingOfCountsWhereEveryRequestFinished) {
  const std::string table = output_of(
      "compare tests/cases/session-label/scenario.json --router random --router round-robin");
  EXPECT_EQ(table.find("finished req  "), std::string::npos) << table;
  expect_words(table, {"latencies   over finished requests: all 50 of every run"});
}

}  // namespace
}  // namespace pigou
