// pigou capacity where there is little to go by, and what commands say of few seeds.
#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou::testing {
namespace {

/// Without line breaks.
std::string flat(const std::string& text) {
  std::istringstream words(text);
  std::string all;
  for (std::string word; words >> word;) all += word + " ";
  return all;
}

/// A scenario of `requests` unlike requests on two instances.
std::string tiny_scenario(const Scratch& scratch, int requests, bool jitter) {
  std::string lines;
  for (int n = 0; n < requests; ++n)
    lines += R"({"timestamp": )" + std::to_string(500 * n) + R"(, "input_length": )" +
             std::to_string(1000 + n) + R"(, "output_length": 20, "hash_ids": [)" +
             std::to_string(2 * n) + ", " + std::to_string(2 * n + 1) + "]}\n";
  scratch.write("trace.jsonl", lines);
  return scratch.write("scenario.json", R"({"workload": {"trace": "trace.jsonl")" +
                                            std::string(jitter ? R"(, "jitter_s": 1)" : "") +
                                            R"(}, "cluster": {"pools": [{"count": 2,
      "gpu": "h100", "model": "llama-3.1-8b"}]}, "router": {"name": "random"}})");
}

nlohmann::json capacity(const std::string& arguments) {
  const Outcome outcome = run_pigou("capacity -q --json " + arguments);
  EXPECT_EQ(outcome.code, 0) << arguments << ": " << outcome.err;
  return nlohmann::json::parse(outcome.out, nullptr, false);
}

TEST(Capacity, AnswersForATraceOfAFewRequests) {
  const Scratch scratch;
  for (const int requests : {1, 2, 3, 7, 20}) {
    for (const bool jitter : {false, true}) {
      const std::string scenario = tiny_scenario(scratch, requests, jitter);
      for (const char* slo : {"ttft_p90<=5s", "ttft_p90<=0.03s", "ttft_mean<=1ms", "e2e_mean<=1s"})
        for (const char* seeds : {"1", "5"}) {
          const auto json = capacity(scenario + " --slo '" + slo + "' --high 8 --seeds " + seeds);
          ASSERT_FALSE(json.is_discarded());
          EXPECT_NE(json["routers"][0]["verdict"], "");
        }
    }
  }
}

TEST(Capacity, SaysWhereADrawKeptNoRequest) {
  const Scratch scratch;
  const std::string scenario = tiny_scenario(scratch, 1, false);
  const auto json = capacity(scenario + " --slo 'ttft_p90<=0.001s' --low 0.02 --high 1 --seeds 2");
  const auto& probes = json["routers"][0]["probes"];
  EXPECT_EQ(probes[0]["verdict"], "fails") << "at its own load the one request is there";
  EXPECT_GT(probes.back()["empty_runs"], 0);
  EXPECT_EQ(probes.back()["verdict"], "unsure");
  EXPECT_NE(json["routers"][0]["verdict"].get<std::string>().find("kept no request of the trace"),
            std::string::npos);
}

TEST(Capacity, IsNotSureOfAShareBecauseAFewRequestsAgree) {
  const Scratch scratch;
  const std::string scenario = tiny_scenario(scratch, 1, true);
  const auto json = capacity(scenario + " --slo 'attainment>=0.9' --set slo.ttft_s=5 --axis " +
                             "workload.rate_scale --low 1 --high 1 --seeds 3 --most-seeds 3");
  EXPECT_EQ(json["routers"][0]["probes"][0]["verdict"], "unsure") << "three of three met";
}

TEST(Capacity, EndsHoweverSmallTheTolerance) {
  const Scratch scratch;
  const std::string scenario = tiny_scenario(scratch, 20, false);
  const auto json = capacity(scenario + " --slo 'ttft_p90<=0.03s' --axis workload.rate_scale " +
                             "--tolerance 1e-300 --high 4 --seeds 1");
  EXPECT_LT(json["routers"][0]["probes"].size(), 200u);
}

TEST(FewSeeds, AreNamedByEveryCommandThatCompares) {
  const Scratch scratch;
  const std::string drawn = tiny_scenario(scratch, 20, true);
  const std::string commands[] = {"compare " + drawn + " --router random --router round-robin",
                                  "sweep " + drawn + " --vary workload.rate_scale=1,2",
                                  "capacity " + drawn + " --slo 'ttft_p90<=5s' --high 2"};
  for (const std::string& command : commands) {
    const auto assumed = [&](const std::string& options) {
      const Outcome outcome = run_pigou(command + options + " --json");
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      return nlohmann::json::parse(outcome.out).at("assumed").get<std::string>();
    };
    EXPECT_NE(assumed(" --seeds 1").find("one seed, so there is no interval"), std::string::npos);
    EXPECT_NE(assumed(" --seeds 2").find("few seeds"), std::string::npos);
    EXPECT_EQ(assumed(" --seeds 5").find("seeds: "), std::string::npos);
    const Outcome table = run_pigou(command + " --seeds 1");
    EXPECT_NE(flat(table.out).find("one seed, so there is no interval"), std::string::npos);
  }
}

TEST(FewSeeds, AreNamedWhereNothingIsDrawn) {
  const Scratch scratch;
  const std::string scenario = tiny_scenario(scratch, 20, false);
  const Outcome outcome =
      run_pigou("compare " + scenario + " --router consistent-hash --router round-robin -q --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  ASSERT_TRUE(json.at("deterministic"));
  EXPECT_NE(json.at("assumed").get<std::string>().find("one run, as nothing is drawn"),
            std::string::npos);
}

}  // namespace
}  // namespace pigou::testing
