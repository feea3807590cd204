// pigou sweep as its users meet it: grids, resumption, stale points, mistakes.
#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"
#include "core/random_stream.hpp"

namespace pigou {
namespace {

using testing::expect_user_error;
using testing::files_in;
using testing::Outcome;
using testing::run_and_signal;
using testing::run_pigou;
using testing::Scratch;
using testing::small_scenario;
using Json = nlohmann::json;

std::string jittered() {
  std::string text = small_scenario();
  text.insert(text.find("\"synth\""), "\"jitter_s\": 1, ");
  return text;
}

TEST(SweepCommand, RunsTheGridAndItsPointsAreTheRunsAlone) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", jittered());
  const Outcome sweep = run_pigou("sweep " + file +
                                  " --vary router.name=random,round-robin --vary "
                                  "cluster.pools.serve.count=2:3 --seeds 2 --json");
  ASSERT_EQ(sweep.code, 0) << sweep.err;
  EXPECT_EQ(sweep.err, "");
  const Json json = Json::parse(sweep.out);
  ASSERT_EQ(json["points"].size(), 4u);
  const Json& point = json["points"][1];
  EXPECT_EQ(point["settings"]["router.name"], "random");
  EXPECT_EQ(point["settings"]["cluster.pools.serve.count"], 3);
  const Json run =
      Json::parse(run_pigou("run " + file +
                            " --router random --set cluster.pools.serve.count=3 --seed 2 --json")
                      .out);
  EXPECT_EQ(point["figures"]["ttft_s/p99"]["by_seed"][1], run["ttft_s"]["p99"]);
  EXPECT_EQ(point["figures"]["e2e_s.mean"]["by_seed"][1], run["e2e_s"]["mean"]);
  EXPECT_EQ(point["figures"]["e2e_s.mean"], point["figures"]["e2e_s/mean"]);
  EXPECT_EQ(point["figures"]["pools/serve/steps"]["by_seed"][1], run["pools"]["serve"]["steps"]);
}

TEST(SweepCommand, GivesTheSameBytesOnAnyNumberOfThreadsAndCleansUp) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", jittered());
  const std::string words =
      "sweep " + file +
      " --vary router.name=random,round-robin,min-ttft --vary workload.overlay=1:3 "
      "--seeds 3 ";
  const Outcome one = run_pigou(words + "--jobs 1 -o " + scratch.file("1.h5"));
  ASSERT_EQ(one.code, 0) << one.err;
  ASSERT_EQ(run_pigou(words + "-j 4 -o " + scratch.file("4.h5")).code, 0);
  const std::string bytes = testing::read_all(scratch.file("1.h5"));
  EXPECT_GT(bytes.size(), 10000u);
  EXPECT_TRUE(bytes == testing::read_all(scratch.file("4.h5")));
  EXPECT_FALSE(std::filesystem::exists(scratch.file("1.h5.points")));
  EXPECT_NE(one.out.find("Best of 9 points"), std::string::npos) << one.out;
  EXPECT_TRUE(std::filesystem::exists(scratch.file("1.h5.manifest.json")));
}

TEST(SweepCommand, RunsAPointOnceThatNothingIsDrawnFor) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const Json json = Json::parse(
      run_pigou("sweep " + file + " --vary router.name=round-robin,random --seeds 4 --json").out);
  EXPECT_TRUE(json["points"][0]["deterministic"]);
  EXPECT_FALSE(json["points"][1]["deterministic"]);
  EXPECT_FALSE(json["points"][0]["figures"]["e2e_s.mean"].contains("by_seed"));
  EXPECT_EQ(json["points"][1]["figures"]["e2e_s.mean"]["by_seed"].size(), 4u);
}

TEST(SweepCommand, KilledAtAnyMomentItEndsInTheSameBytes) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", jittered());
  const std::string words =
      "sweep " + file +
      " --vary router.name=random,dynamo-kv@2026-08 --vary workload.overlay=1:6 "
      "--set workload.synth.requests=1000 --seeds 3 -q -o ";
  ASSERT_EQ(run_pigou(words + scratch.file("whole.h5")).code, 0);
  const std::string whole = testing::read_all(scratch.file("whole.h5"));
  const RandomStream moments(20260801, "kill");
  int killed = 0;
  for (std::uint64_t round = 0; round < 4; ++round) {
    const std::string target = scratch.file("cut" + std::to_string(round) + ".h5");
    const std::string folder = target + ".points";
    for (std::uint32_t attempt = 0; attempt < 3; ++attempt) {
      const std::size_t files = moments.below(12, round, attempt);
      const int status = run_and_signal(words + target, SIGKILL, folder, files,
                                        moments.below(30, round, 10 + attempt));
      killed += WIFSIGNALED(status) ? 1 : 0;
    }
    const Outcome last = run_pigou(words + target);
    ASSERT_EQ(last.code, 0) << last.err;
    EXPECT_TRUE(testing::read_all(target) == whole) << round;
    EXPECT_FALSE(std::filesystem::exists(folder));
  }
  EXPECT_GT(killed, 2) << "no kill came in time: the test showed nothing";
}

TEST(SweepCommand, StoppedByHandItKeepsItsPointsAndGoesOnFromThem) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", jittered());
  const std::string target = scratch.file("s.h5"), folder = target + ".points";
  const std::string words = "sweep " + file + " --vary workload.overlay=1:60 --seeds 2 -q " +
                            "--set workload.synth.requests=2000 -o " + target;
  const int status = run_and_signal(words, SIGINT, folder, 2, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_GE(files_in(folder), 2u);
}

TEST(SweepCommand, UsesNoPointOfAnotherTraceAndNoDamagedOne) {
  const Scratch scratch;
  const std::string trace = scratch.file("t.jsonl");
  const std::string synth = "trace synth rate=5 -o " + trace + " requests=";
  ASSERT_EQ(run_pigou(synth + "900").code, 0);
  const std::string file = scratch.write(
      "s.json",
      "{ \"workload\": { \"trace\": \"t.jsonl\", \"jitter_s\": 1 }, \"cluster\": { "
      "\"pools\": [ { \"name\": \"serve\", \"count\": 2, \"gpu\": \"h100\", \"model\": "
      "\"llama-3.1-8b\" } ] } }");
  const std::string words = "sweep " + file + " --vary workload.overlay=1:12 --seeds 2 -q -o ";
  const std::string target = scratch.file("a.h5"), folder = target + ".points";
  ASSERT_TRUE(WIFSIGNALED(run_and_signal(words + target, SIGKILL, folder, 3, 0)));
  // One of the points is cut short, as a failing disk would leave it; then the trace changes.
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::resize_file(entry.path(), std::filesystem::file_size(entry.path()) / 2);
    break;
  }
  ASSERT_TRUE(WIFSIGNALED(run_and_signal(words + target, SIGKILL, folder, 5, 0)));
  ASSERT_EQ(run_pigou(synth + "910").code, 0);
  const Outcome again = run_pigou(words + target);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.err.find("points of another scenario, trace or build"), std::string::npos);
  ASSERT_EQ(run_pigou(words + scratch.file("fresh.h5")).code, 0);
  EXPECT_TRUE(testing::read_all(target) == testing::read_all(scratch.file("fresh.h5")));
}

TEST(SweepCommand, RefusesBadAxesBeforeAnyWork) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string words = "sweep " + file + " -o " + scratch.file("x.h5") + " --vary ";
  expect_user_error("sweep " + file, {"nothing to vary", "--vary"});
  expect_user_error(words + "workload.overlya=1:3", {"overlya", "overlay"});
  expect_user_error(words + "router.temprature=1:3", {"temprature"});
  expect_user_error(words + "workload.overlay=", {"empty"});
  expect_user_error(words + "workload.overlay=1:x", {"1:x"});
  expect_user_error(words + "workload.overlay=0:3", {"workload.overlay", "0"});
  expect_user_error(words + "cluster.pools.serv.count=1:3", {"--vary", "serve"});
  expect_user_error(words + "workload.overlay=1:2000 --vary workload.repeat=1:2000", {"1,000,000"});
  expect_user_error(words + "seed=1:3", {"--seeds"});
  expect_user_error(words + "router.name=random,rondom", {"rondom", "random"});
  expect_user_error(words + "workload.overlay=1 --jobs 0", {"--jobs"});
  EXPECT_TRUE(scratch.holds_only("s.json"));
}

}  // namespace
}  // namespace pigou
