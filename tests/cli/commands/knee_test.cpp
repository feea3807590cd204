// pigou knee as a user meets it.
#include <csignal>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou::testing {
namespace {

/// Two constant servers under Poisson arrivals, at utilisation 0.5 under load 1.
std::string servers(const Scratch& scratch, const std::string& workload = "", int requests = 2000,
                    const std::string& synth = "") {
  return scratch.write("servers.json", R"({"workload": {"synth": {"requests": )" +
                                           std::to_string(requests) +
                                           R"(, "rate": 100, "input": 32, "output": 1)" + synth +
                                           "}" + workload + R"(},
      "cluster": {"pools": [{"count": 2, "step_s": 0.01, "engine": {"kv_tokens": 1600,
        "max_num_seqs": 1, "max_num_batched_tokens": 64}}]}, "router": {"name": "round-robin"}})");
}

TEST(Knee, IsTheAnswerFirstThenRowsThenWhatItRestsOn) {
  const Scratch scratch;
  const Outcome one = run_pigou("knee -q " + servers(scratch));
  ASSERT_EQ(one.code, 0) << one.err;
  const auto at = [&one](const char* word) { return one.out.find(word); };
  EXPECT_LT(at("round-robin: onset 1."), at("router "));
  EXPECT_LT(at("requests/s), limit "), at("95 % interval"));
  EXPECT_LT(at("router "), at("cost against load"));
  EXPECT_LT(at("past the limit"), at("assumed"));
  EXPECT_EQ(one.err, "");
  const Outcome two =
      run_pigou("knee -q " + servers(scratch) + " --router round-robin --router random");
  EXPECT_NE(two.out.find("highest limit: "), std::string::npos) << two.out;
  EXPECT_NE(two.out.find("\nrandom "), std::string::npos);
}

TEST(Knee, IsItsDocumentTheSameOnAnyNumberOfThreadsAndInAFile) {
  const Scratch scratch;
  const std::string words = "knee -q --json " + servers(scratch) +
                            " --router random --router round-robin --vary signals.age_s=0,1 ";
  const Outcome one = run_pigou(words + "-j 1 -o " + scratch.file("a.json"));
  const Outcome many = run_pigou(words + "-j 5 -o " + scratch.file("b.h5"));
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.out, many.out);
  EXPECT_EQ(read_all(scratch.file("a.json")), one.out);
  run_pigou(words + "-j 2 -o " + scratch.file("c.h5"));
  EXPECT_EQ(read_all(scratch.file("b.h5")), read_all(scratch.file("c.h5")));
  EXPECT_TRUE(std::filesystem::exists(scratch.file("b.h5.manifest.json")));
  const auto json = nlohmann::json::parse(one.out);
  ASSERT_EQ(json["cells"].size(), 4U);
  EXPECT_EQ(json["cells"][1]["settings"]["signals.age_s"], 1);
  EXPECT_EQ(json["cells"][2]["router"], "round-robin");
  for (const auto& cell : json["cells"]) {
    EXPECT_NEAR(cell["limit"]["load"].get<double>(), 2, 0.2);
    EXPECT_EQ(cell["parts"].size(), 4U);
    EXPECT_EQ(cell["whole"]["points"][0]["regime"], "below onset");
    EXPECT_EQ(cell["whole"]["points"].back()["regime"], "past the limit");
  }
}

TEST(Knee, AreTheLoadsThoseGiven) {
  const Scratch scratch;
  const Outcome outcome =
      run_pigou("knee -q --json --cost ttft --load 0.5:1.5:0.5 " + servers(scratch));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["cost"], "ttft");
  EXPECT_EQ(json["loads"], (std::vector<double>{0.5, 1, 1.5}));
  EXPECT_TRUE(json["cells"][0]["limit"]["load"].is_null()) << "it lies above";
  EXPECT_NE(json["cells"][0]["verdict"].get<std::string>().find("no limit: above 1.5"),
            std::string::npos);
}

TEST(Knee, IsTheLoadOfSessionsTheirStartsPerSecond) {
  const Scratch scratch;
  const std::string scenario = servers(scratch, R"(, "sessions": {"start": "poisson", "rate": 30})",
                                       4000, R"(, "turns": 3, "think_s": 0.1, "block_tokens": 0)");
  const Outcome outcome = run_pigou("knee -q --json " + scenario);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["rate_unit"], "sessions/s");
  // Three steps or more a session, 200 steps a second.
  const double limit = json["cells"][0]["limit"]["rate_per_s"];
  EXPECT_GT(limit, 10);
  EXPECT_LT(limit, 67 * 1.1);
}

TEST(Knee, IsWhatDoesNotFitTold) {
  const Scratch scratch;
  const std::string scenario = servers(scratch);
  const auto knee = [&](const std::string& words) { return "knee -q " + scenario + " " + words; };
  expect_user_error(knee("--cost tpot"), {"--cost", "ttft"});
  expect_user_error(knee("--parts 3"), {"--parts", "at least four"});
  expect_user_error(knee("--parts 101"), {"--parts"});
  expect_user_error(knee("--confidence 1"), {"--confidence"});
  expect_user_error(knee("--load 2"), {"--load 2", "several loads"});
  expect_user_error(knee("--load 2,1"), {"rise"});
  expect_user_error(knee("--load 0:2:1"), {"above 0"});
  expect_user_error(knee("--load 1:2:x"), {"1:2:x"});
  expect_user_error(knee("--vary workload.load=1,2"), {"--vary workload.load"});
  expect_user_error(knee("--vary seed=1,2"), {"--vary seed"});
  expect_user_error(knee("--vary router.nothing=1,2"), {"nothing"});
  expect_user_error(knee("--router random --router random"), {"given twice"});
  expect_user_error(knee("--router randm"), {"random"});
  expect_user_error(knee("--set workload.part=1/4"), {"workload.part"});
  expect_user_error(knee("--set workload.part=5/4"), {"5/4", "N/PARTS"});
  expect_user_error(knee("--set workload.concurrency=4"), {"no rate", "concurrency"});
  expect_user_error(knee("-o " + scratch.file("no/such/knee.json")), {"no/such"});
  expect_user_error(knee("-o " + scenario), {"servers.json"});
  expect_user_error("run " + scenario + " --load 1:2:1", {"--load 1:2:1", "one load"});
  expect_user_error("run " + scenario + " --load 0", {"workload.load"});
  expect_user_error("knee -q " + servers(scratch, "", 3), {"too short"});
  const std::string sessions = servers(scratch, "", 400, R"(, "turns": 3, "block_tokens": 0)");
  expect_user_error("knee -q " + sessions, {"sessions have no rate", "recorded"});
}

TEST(Knee, DoesCtrlCLeaveNoFile) {
  const Scratch scratch;
  const std::string scenario = servers(scratch, "", 400000);
  const int status = run_and_signal("knee -q " + scenario + " -o " + scratch.file("knee.h5"),
                                    SIGINT, scratch.file(""), 1, 300);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_TRUE(scratch.holds_only("servers.json"));
}

TEST(Load, IsOneAxisOfRunSweepAndCapacity) {
  const Scratch scratch;
  const std::string scenario = servers(scratch);
  const auto json = [](const std::string& words) {
    const Outcome outcome = run_pigou(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out, nullptr, false);
  };
  const Outcome table = run_pigou("run " + scenario + " --load 1.5");
  EXPECT_NE(table.out.find("1.50x, nominally "), std::string::npos) << table.out;
  const auto run = json("run -q --json " + scenario + " --load 1.5");
  const auto swept = json("sweep -q --json --seeds 1 " + scenario + " --load 1:2:0.5");
  const double rate = run["load"]["requests_per_s"];
  ASSERT_EQ(swept["points"].size(), 3U);
  EXPECT_EQ(swept["points"][1]["figures"]["load.requests_per_s"]["mean"], rate);
  const auto found = json("capacity -q --json --seeds 1 " + scenario +
                          " --slo 'e2e_s.mean<=1s' --low 1.5 --high 1.5");
  EXPECT_EQ(found["routers"][0]["probes"][0]["requests_per_s"], rate);
}

}  // namespace
}  // namespace pigou::testing
