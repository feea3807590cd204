// Is any input ever lost, does a failure leave anything, and does a result's scenario run anywhere?
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"
#include "io/hdf5_reader.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;
using testing::expect_user_error;
using testing::Outcome;
using testing::read_all;
using testing::run_pigou;
using testing::Scratch;

/// A scenario with every kind of input, a folder of shards, a log and a salt.
class RoughHandling : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string row = R"({"arrival_s": 0, "input_tokens": 64, "output_tokens": 3})"
                            "\n";
    scratch_.write("trace.jsonl", row + row);
    fs::create_directory(scratch_.file("shards"));
    scratch_.write("shards/a.jsonl", row);
    scratch_.write("shards/b.jsonl", row);
    scratch_.write("rates.csv", "0,1\n10,2\n");
    scratch_.write("lengths.csv", "64,1\n128,3\n");
    scratch_.write("classes.yaml",
                   "default_policy_family: f\n"
                   "uncached_isl_buckets: [{min_tokens: 0, bucket: b}]\n"
                   "policy_classes:\n"
                   "- {name: c, policy_family: f, cache_bucket: b, quantum: 1}\n");
    scratch_.write("log.jsonl", R"({"arrival": 0, "prompt": "some words", "output_tokens": 1})");
    scratch_.write("salt", "a secret of the house that is long enough");
    scratch_.write("plain.json", scenario(R"("trace": "trace.jsonl", "format": "generic")"));
    scratch_.write("sharded.json", scenario(R"("trace": "shards", "format": "generic")"));
    scratch_.write("made.json",
                   scenario(R"("synth": {"requests": 20, "arrivals": "series", "rate_file":
                            "rates.csv", "input": "histogram:lengths.csv", "block_tokens": 16})"));
  }
  static std::string scenario(const std::string& workload) {
    return R"({"workload": {)" + workload + R"(}, "cluster": {"pools": [{"name": "serve",
        "prefill_s_per_token": 0.001, "decode_step_s": 0.01, "engine": {"kv_tokens": 100000}}]},
        "router": {"name": "dynamo-kv@2026-08", "policy_config": "classes.yaml"}})";
  }
  std::string file(const std::string& name) const { return scratch_.file(name); }

  /// Every way of writing to `target` by `command`, which ends in -o, is refused, and it stays.
  void expect_kept(const std::string& command, const std::string& target) {
    const std::string before = read_all(file(target));
    ASSERT_FALSE(before.empty()) << target;
    fs::remove(file("soft")), fs::remove(file("hard"));
    fs::create_symlink(file(target), file("soft"));
    fs::create_hard_link(file(target), file("hard"));
    for (const std::string& name : {file(target), file("soft"), file("hard")}) {
      const Outcome outcome = run_pigou(command + " " + name);
      EXPECT_EQ(outcome.code, 2) << command << " " << name << "\n" << outcome.err;
      EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
      EXPECT_EQ(read_all(file(target)), before) << command << " " << name;
    }
  }

  Scratch scratch_;
};

TEST_F(RoughHandling, NoCommandWritesOverWhatItReads) {
  const std::string run = "run " + file("plain.json") + " -q -o";
  for (const char* target : {"plain.json", "trace.jsonl", "classes.yaml"}) expect_kept(run, target);
  expect_kept("run " + file("sharded.json") + " -q -o", "shards/b.jsonl");
  const std::string made = file("made.json");
  for (const char* target : {"made.json", "rates.csv", "lengths.csv", "classes.yaml"}) {
    expect_kept("run " + made + " -q -o", target);
    expect_kept("compare " + made + " --router random --router least-kv -o", target);
    expect_kept("sweep " + made + " --vary workload.rate_scale=1,2 -o", target);
  }
  expect_kept("sweep " + file("plain.json") + " --vary workload.trace=shards,trace.jsonl -q -o",
              "shards/a.jsonl");
  expect_kept("trace convert " + file("trace.jsonl") + " --format generic -o", "trace.jsonl");
  expect_kept("trace convert " + file("shards") + " --to generic -o", "shards/a.jsonl");
  const std::string hash = "trace hash " + file("log.jsonl") + " --salt-file " + file("salt");
  for (const char* target : {"log.jsonl", "salt"}) expect_kept(hash + " -o", target);
  expect_kept("trace synth --like " + file("trace.jsonl") + " --format generic -o", "trace.jsonl");
  expect_kept("trace synth --like " + file("trace.jsonl") + " --format generic --fit-out",
              "trace.jsonl");
  expect_kept("trace synth requests=5 arrivals=series rate_file=" + file("rates.csv") + " -o",
              "rates.csv");
  expect_kept("trace synth requests=5 input=histogram:" + file("lengths.csv") + " -o",
              "lengths.csv");
  ASSERT_EQ(run_pigou("trace synth --like " + file("trace.jsonl") + " --format generic --fit-out " +
                      file("fit.json"))
                .code,
            0);
  expect_kept("trace synth --from " + file("fit.json") + " -o", "fit.json");
  expect_kept("trace synth --from " + file("fit.json") + " -o " + file("x.jsonl") + " --fit-out",
              "fit.json");
  expect_user_error("trace synth --from " + file("fit.json") + " -o " + file("x.h5") +
                        " --fit-out " + file("x.h5"),
                    {"name one file"});
}

TEST_F(RoughHandling, AnInputThatIsAResultOrAManifestIsKeptToo) {
  ASSERT_EQ(
      run_pigou("trace convert " + file("trace.jsonl") + " --format generic -o " + file("trace.h5"))
          .code,
      0);
  scratch_.write("h5.json", scenario(R"("trace": "trace.h5")"));
  expect_kept("run " + file("h5.json") + " -q -o", "trace.h5");
  // The manifest of out.h5 would take the place of the scenario.
  fs::copy_file(file("plain.json"), file("out.h5.manifest.json"));
  const std::string before = read_all(file("out.h5.manifest.json"));
  expect_user_error("run " + file("out.h5.manifest.json") + " -o " + file("out.h5"), {"manifest"});
  EXPECT_EQ(read_all(file("out.h5.manifest.json")), before);
  scratch_.write("other.h5.manifest.json", "notes of somebody");
  expect_user_error("run " + file("plain.json") + " -o " + file("other.h5"), {"not the manifest"});
  EXPECT_FALSE(fs::exists(file("other.h5")));
}

TEST_F(RoughHandling, ALinkedResultIsWrittenWhereTheLinkLeads) {
  fs::create_directory(file("far"));
  fs::create_symlink("far/out.h5", file("out.h5"));
  ASSERT_EQ(run_pigou("run " + file("plain.json") + " -q -o " + file("out.h5")).code, 0);
  EXPECT_TRUE(fs::is_symlink(file("out.h5")));
  EXPECT_TRUE(fs::is_regular_file(file("far/out.h5")));
  EXPECT_TRUE(fs::exists(file("out.h5.manifest.json")));
}

TEST_F(RoughHandling, TheScenarioInAResultRunsFromAnyFolder) {
  const Scratch elsewhere;
  for (const char* name : {"plain", "made"}) {
    const std::string first = elsewhere.file("first.h5"), again = elsewhere.file("again.h5");
    const std::string run =
        "cd " + file("") + " && '" + program() + "' run " + name + ".json -q -o " + first;
    ASSERT_EQ(std::system(run.c_str()), 0) << name;
    const std::string text = Hdf5Reader(first).texts("/input/scenario").at(0);
    const std::string copy = elsewhere.write("copy.json", text);
    const Outcome outcome = run_pigou("run " + copy + " -q -o " + again);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(read_all(first) == read_all(again)) << name;
  }
}

TEST_F(RoughHandling, ShortPeriodsAndLongSpansAreRefusedInOneLine) {
  const std::string run = "run " + file("plain.json") + " -q ";
  for (const char* setting :
       {"output.timeline_s=1e-13", "output.timeline_s=1e-12", "fleet.mtbf_s=1e-13",
        "signals.kv_resync_s=1e-13", "router.kv_metrics_period_s=1e-13",
        "router.session_affinity_ttl_s=1e7", "workload.jitter_s=1e7", "seed=9007199254740992"})
    expect_user_error(run + "--set " + setting, {"cannot be"});
  expect_user_error(run +
                        "--router least-kv:snapshot_period_s=0.001,snapshot_delay_s=3600 "
                        "--set cluster.pools.0.count=1000",
                    {"under way"});
  const std::string seeds = file("plain.json") + " --seed 9007199254740990 --seeds 5";
  for (const std::string& command : {"compare " + seeds + " --router random --router least-kv",
                                     "sweep " + seeds + " --vary workload.rate_scale=1,2",
                                     "capacity " + seeds + " --slo 'ttft_p90<=1s'"})
    expect_user_error(command, {"are too many"});
}

TEST_F(RoughHandling, DeepFilesEndInOneLine) {
  for (const char* part : {"[", "{\"a\":", "{\"workload\":["}) {
    std::string deep;
    for (int level = 0; level < 200'000; ++level) deep += part;
    expect_user_error("run " + scratch_.write("deep.json", deep), {});
  }
  std::string closed(100'000, '[');
  closed.append(100'000, ']');
  expect_user_error("run " + scratch_.write("deep.json", "{\"workload\": " + closed + "}"), {});
  scratch_.write("classes.yaml", ",");
  expect_user_error("run " + file("plain.json"), {"line 1, column 1"});
}

}  // namespace
}  // namespace pigou
