// Simulated beside recorded as a user meets it: the table, the JSON document, the result file.
#include <cmath>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;
using testing::expect_user_error;
using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;

/// Ten requests a second apart, recorded on two instances, in the format of trace hash.
std::string log_of_ten() {
  std::string lines;
  for (int r = 0; r < 10; ++r) {
    lines +=
        "{\"arrival_s\": " + std::to_string(r) +
        ", \"input_tokens\": 1000, \"output_tokens\": 50, \"block_tokens\": 16, \"hash_ids\": [";
    for (int id = 0; id < 62; ++id)
      lines.append(id == 0 ? "" : ", ").append(std::to_string(r % 3 * 1000 + id));
    lines += "], \"instance\": \"" + std::string(r % 3 == 0 ? "w10" : "w9") +
             "\", \"recorded_ttft_s\": 0.5, \"recorded_e2e_s\": 1.5, \"cached_tokens\": 500}\n";
  }
  return lines;
}

std::string scenario_on(const std::string& trace) {
  return "{ \"workload\": { \"trace\": \"" + trace +
         "\" }, \"cluster\": { \"pools\": [ { \"name\": \"serve\", \"count\": 2, \"gpu\": "
         "\"h100\", "
         "\"model\": \"llama-3.1-8b\" } ] }, \"router\": { \"name\": \"round-robin\" } }";
}

TEST(RunCommand, PrintsSimulatedBesideRecordedForALogOfTheUsers) {
  const Scratch scratch;
  const std::string scenario = scratch.write("s.json", scenario_on("none.jsonl"));
  const std::string run =
      "run " + scenario + " -q --set workload.trace=" + scratch.write("my-log.jsonl", log_of_ten());
  const Outcome table = run_pigou(run.substr(0, run.find(" -q")) + run.substr(run.find(" --set")));
  ASSERT_EQ(table.code, 0) << table.err;
  for (const char* words : {"recorded    10 of 10 requests have a record", "TTFT s      simulated",
                            "each, p50", "hit ratio", "makespan", "placement   "})
    EXPECT_NE(table.out.find(words), std::string::npos) << words << "\n" << table.out;

  const Json json = Json::parse(run_pigou(run + " --json").out);
  const Json& recorded = json["recorded"];
  ASSERT_TRUE(recorded.is_object());
  EXPECT_EQ(recorded["requests"], 10);
  EXPECT_EQ(recorded["unfinished"], 0);
  EXPECT_EQ(recorded["differs_by"], "");
  for (const char* figure : {"ttft_s", "tpot_s", "e2e_s", "cached_tokens"})
    EXPECT_EQ(recorded[figure]["requests"], 10) << figure;
  EXPECT_DOUBLE_EQ(recorded["e2e_s"]["recorded"]["p90"], 1.5);
  EXPECT_NEAR(recorded["tpot_s"]["recorded"]["mean"], 1.0 / 49, 1e-12);
  EXPECT_EQ(recorded["e2e_s"]["simulated"]["mean"], json["e2e_s"]["mean"]);
  EXPECT_NEAR(recorded["e2e_s"]["error"]["mean"].get<double>(),
              json["e2e_s"]["mean"].get<double>() / 1.5 - 1, 1e-12);
  EXPECT_DOUBLE_EQ(recorded["hit_ratio"]["recorded"], 0.5);
  EXPECT_EQ(recorded["hit_ratio"]["simulated"], json["cache"]["hit_ratio"]);
  EXPECT_DOUBLE_EQ(recorded["makespan_s"]["recorded"], 10.5);
  EXPECT_EQ(recorded["placement"]["requests"], 10);

  const Json followed = Json::parse(run_pigou(run + " --json --router recorded").out);
  EXPECT_EQ(followed["recorded"]["placement"]["agreement"], 1.0);
  const Json thinned = Json::parse(run_pigou(run + " --json --set workload.rate_scale=2").out);
  EXPECT_EQ(thinned["recorded"]["differs_by"], "rate_scale 2.00");
  EXPECT_FALSE(thinned["recorded"].contains("makespan_s"));
  const Json sampled = Json::parse(run_pigou(run + " --json --set output.requests=none").out);
  EXPECT_EQ(sampled["recorded"]["e2e_s"]["requests"], 10);
}

TEST(RunCommand, TheResultFileHoldsTheRecordBesideTheSimulatedColumns) {
  const Scratch scratch;
  scratch.write("log.jsonl", log_of_ten());
  const std::string scenario = scratch.write("s.json", scenario_on("log.jsonl"));
  const std::string file = scratch.file("out.h5");
  ASSERT_EQ(run_pigou("run " + scenario + " -q -o " + file).code, 0);
  const std::string check = "/usr/bin/python3 '" + source_root() + "/scripts/check_result' ";
  const std::string out = scratch.file("check.txt");
  const int status = std::system((check + file + " >" + out + " 2>&1").c_str());
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << testing::read_all(out);
  EXPECT_EQ(WEXITSTATUS(status), 0) << testing::read_all(out);
  const std::string look =
      "/usr/bin/python3 -c \"import h5py; f = h5py.File('" + file +
      "'); r = f['/result/recorded']; q = f['/result/requests']; "
      "print(r['e2e_s/requests'][()], q['recorded_e2e_s'][3], q['recorded_instance'][1], "
      "r['e2e_s/recorded/p50'].attrs['unit'], repr(r.attrs['differs_by']))\" >" +
      out + " 2>&1";
  ASSERT_EQ(std::system(look.c_str()), 0) << testing::read_all(out);
  EXPECT_TRUE(testing::read_all(out).starts_with("10 1.5 0 ")) << testing::read_all(out);
}

TEST(RunCommand, ATraceWithoutRecordHasNullAndRefusesTheRecordedRouter) {
  const Scratch scratch;
  const std::string scenario = scratch.write("s.json", testing::small_scenario());
  const Json json = Json::parse(run_pigou("run " + scenario + " -q --json").out);
  EXPECT_TRUE(json["recorded"].is_null());
  expect_user_error("run " + scenario + " -q --router recorded",
                    {"router recorded does not fit", "no column 'instance'", "another router"});
}

TEST(RunCommand, TheDynamoTracePrintsSimulatedBesideRecorded) {
  const std::filesystem::path root = data_root();
  if (!std::filesystem::exists(root / "traces" / "dynamo-pi-agent"))
    GTEST_SKIP() << root / "traces" / "dynamo-pi-agent"
                 << " is absent";
  const Json json = Json::parse(run_pigou("run scenarios/dynamo-pi-agent.json -q --json").out);
  const Json& recorded = json["recorded"];
  EXPECT_EQ(recorded["requests"], 17);
  for (const char* figure : {"ttft_s", "tpot_s", "e2e_s", "cached_tokens"})
    EXPECT_EQ(recorded[figure]["requests"], 17) << figure;
  // SOURCE.md: 75.6 % of the input tokens were cached.
  EXPECT_NEAR(recorded["hit_ratio"]["recorded"].get<double>(), 0.756, 0.001);
  EXPECT_NEAR(recorded["e2e_s"]["recorded"]["mean"].get<double>(), 13.620, 0.001);
  const Json followed =
      Json::parse(run_pigou("run scenarios/dynamo-pi-agent.json -q --json --router recorded").out);
  EXPECT_EQ(followed["recorded"]["placement"]["agreement"], 1.0);
}

}  // namespace
}  // namespace pigou
