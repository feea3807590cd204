#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;
using testing::expect_user_error;
using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;
using testing::small_scenario;

TEST(Program, SaysWhatItIsAndWhatItKnows) {
  for (const char* words : {"--version", "help", "--help", "help run", "run --help", "help compare",
                            "help trace", "help list", "help scenario", "list routers", "list gpus",
                            "list models", "list scenario-keys"}) {
    const Outcome outcome = run_pigou(words);
    EXPECT_EQ(outcome.code, 0) << words;
    EXPECT_EQ(outcome.err, "") << words;
    EXPECT_GT(outcome.out.size(), 20u) << words;
  }
}

TEST(Program, ListsInJsonHoldEverythingThatHelpShows) {
  const Json routers = Json::parse(run_pigou("list routers --json").out);
  ASSERT_FALSE(routers.empty());
  for (const auto& router : routers) {
    for (const char* key : {"name", "summary", "evidence", "signals", "decode_stage", "parameters"})
      EXPECT_TRUE(router.contains(key)) << key;
    // Public sources only: a page of notes outside the repository is none.
    const auto evidence = router["evidence"].get<std::string>();
    for (const char* notes : {"routers.md", "papers.md", "latency-model.md"})
      EXPECT_EQ(evidence.find(notes), std::string::npos) << router["name"];
    for (const auto& parameter : router["parameters"])
      for (const char* key : {"name", "type", "unit", "default", "sentence"})
        EXPECT_TRUE(parameter.contains(key)) << router["name"] << " " << key;
  }
  const Json keys = Json::parse(run_pigou("list scenario-keys --json").out);
  for (const auto& key : keys) EXPECT_FALSE(key["sentence"].get<std::string>().empty());
}

TEST(Program, TheKeyTableOfTheScenarioPageIsTheProgramsOwn) {
  const std::string page =
      testing::read_all(std::filesystem::path(source_root()) / "docs" / "scenario.md");
  const Outcome table = run_pigou("list scenario-keys --markdown");
  EXPECT_NE(page.find(table.out), std::string::npos)
      << "remake it: pigou list scenario-keys --markdown";
}

TEST(Program, TheFigureTableOfTheMetricsPageIsTheProgramsOwn) {
  const std::string page =
      testing::read_all(std::filesystem::path(source_root()) / "docs" / "metrics.md");
  const Outcome table = run_pigou("list figures --markdown");
  ASSERT_GT(table.out.size(), 5000u);
  EXPECT_NE(page.find(table.out), std::string::npos) << "remake it: pigou list figures --markdown";
}

TEST(Program, EveryListedFigureIsWhereTheListSays) {
  const Scratch scratch;
  const std::string file = scratch.write("small.json", small_scenario());
  const Json run = Json::parse(run_pigou("run " + file + " --json").out);
  const Json compared = Json::parse(
      run_pigou("compare " + file + " --router random --router round-robin --seeds 1 --json").out);
  const Json one = compared["routers"][0]["runs"][0];
  for (const auto& figure : Json::parse(run_pigou("list figures --json").out)) {
    std::string place = figure["json"], hdf5 = figure["hdf5"];
    if (place.starts_with("pools.*.")) continue;
    EXPECT_TRUE(hdf5.starts_with("/result/summary/")) << place;
    EXPECT_TRUE(run.contains(Json::json_pointer(hdf5.substr(15)))) << place;
  }
  EXPECT_TRUE(one.contains("requests.arrived"));
  EXPECT_EQ(one["requests.arrived"], one["arrived"]);
}

TEST(RunCommand, CtrlCStopsItAndLeavesNothing) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string command = std::string("timeout --preserve-status -s INT 0.5 '") + program() +
                              "' run " + file + " -q -o " + scratch.file("out.h5") +
                              " --set workload.synth.requests=3000000" +
                              " --set engine.fast_forward=false 2>/dev/null";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_TRUE(scratch.holds_only("s.json"));
}

TEST(TraceCommand, AHashThatIsStoppedLeavesNothing) {
  const Scratch scratch;
  const std::string salt = scratch.write("salt", "a secret of the house that is long enough\n");
  std::string prompt;
  for (int word = 0; word < 2000; ++word) prompt += "word" + std::to_string(word) + " ";
  std::string log;
  for (int row = 0; row < 4000; ++row)
    log += "{\"arrival\": " + std::to_string(row) + ", \"prompt\": \"" + prompt +
           "\", \"output_tokens\": 3}\n";
  const std::string file = scratch.write("log.jsonl", log);
  const std::string target = scratch.file("hashed/out.jsonl");
  std::filesystem::create_directory(scratch.file("hashed"));
  const std::string words = "trace hash " + file + " --salt-file " + salt + " -o " + target;
  const std::string folder = scratch.file("hashed");
  for (const int signal : {SIGINT, SIGTERM}) {
    const int status = testing::run_and_signal(words, signal, folder, 0, 100);
    // On a busy machine the signal may come before the program asks for it.
    const bool at_start = WIFSIGNALED(status) && WTERMSIG(status) == signal;
    EXPECT_TRUE(at_start || (WIFEXITED(status) && WEXITSTATUS(status) == 130)) << status;
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << signal;
  }
  const int killed = testing::run_and_signal(words, SIGKILL, folder, 0, 100);
  EXPECT_TRUE(WIFSIGNALED(killed));
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_EQ(run_pigou(words).code, 0);
  EXPECT_TRUE(std::filesystem::exists(target));
}

TEST(Program, MistakesOnTheCommandLineAreOneLine) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  expect_user_error("", {"pigou help"});
  expect_user_error("rum", {"'run'"});
  expect_user_error("run", {"scenario"});
  expect_user_error("run " + file + " --se 1", {"--se"});
  expect_user_error("run " + file + " --seed -1", {"--seed"});
  expect_user_error("run " + file + " --seed 1e3", {"--seed"});
  expect_user_error("run " + file + " --seed 99999999999999999999", {"--seed"});
  expect_user_error("run " + file + " --seed 1 --seed 2", {"--seed"});
  expect_user_error("run " + file + " " + file, {"pigou help run"});
  expect_user_error("run " + file + " --set x", {"--set path=value"});
  expect_user_error("run " + file + " --router nope", {"nope"});
  expect_user_error("run " + file + " --router random:x=1", {"x"});
  expect_user_error("run /nonexistent.json", {"/nonexistent.json"});
  expect_user_error("run " + scratch.file(""), {"folder"});
  expect_user_error("run " + file + " -o /nonexistent/out.h5", {"/nonexistent"});
  expect_user_error("compare " + file, {"--router"});
  expect_user_error("compare " + file + " --router random --router random", {"twice"});
  expect_user_error("compare " + file + " --router random", {"only one router"});
  expect_user_error("compare " + file + " --router al", {"unknown router 'al'"});
  expect_user_error("compare " + file + " --router random --router round-robin --seeds 0",
                    {"--seeds"});
  expect_user_error("list things", {"routers"});
  expect_user_error("trace", {"info"});
  expect_user_error("trace info /nonexistent", {"/nonexistent"});
  expect_user_error("trace synth requests=5", {"-o"});
  expect_user_error("trace synth requets=5 -o " + scratch.file("x.jsonl"), {"requests"});
  expect_user_error("help rum", {"run"});
  expect_user_error("help run compare", {"'compare'"});
  expect_user_error("--verson", {"'--version'"});
  expect_user_error("list gpus --markdown", {"scenario-keys"});
}

TEST(RunCommand, PrintsOneJsonDocumentWithTheDocumentedKeys) {
  const Scratch scratch;
  const std::string file = scratch.write("small.json", small_scenario());
  const Outcome outcome = run_pigou("run " + file + " --json --seed 7 --router dynamo-kv@2026-08");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const Json json = Json::parse(outcome.out);
  const char* const pointers[] = {"/pigou/version",
                                  "/pigou/git",
                                  "/pigou/backend",
                                  "/scenario/name",
                                  "/scenario/hash",
                                  "/router",
                                  "/router_parameters",
                                  "/seed",
                                  "/requests/arrived",
                                  "/requests/finished",
                                  "/requests/rejected",
                                  "/requests/timed_out",
                                  "/requests/in_flight",
                                  "/requests/rejected_by",
                                  "/throughput/input_tokens_per_s",
                                  "/throughput/output_tokens_per_s",
                                  "/throughput/requests_per_s",
                                  "/goodput/slo",
                                  "/goodput/attained_fraction",
                                  "/goodput/requests_per_s",
                                  "/cache/hit_ratio",
                                  "/cache/hit_tokens",
                                  "/cache/phantom_hit_tokens",
                                  "/cache/missed_hit_tokens",
                                  "/balance/cv_pending_prefill_tokens",
                                  "/pools/serve/utilisation",
                                  "/pools/serve/preemptions",
                                  "/pools/serve/kv_peak",
                                  "/model/engine",
                                  "/model/step_model_provenance",
                                  "/sim/wall_s",
                                  "/sim/simulated_s",
                                  "/sim/requests_per_wall_s",
                                  "/sim/events",
                                  "/sim/engine_steps",
                                  "/sim/peak_rss_bytes",
                                  "/process/wall_s",
                                  "/process/load_wall_s",
                                  "/process/write_wall_s"};
  for (const char* pointer : pointers)
    EXPECT_TRUE(json.contains(Json::json_pointer(pointer))) << pointer;
  for (const char* latency : {"ttft_s", "tpot_s", "itl_s", "e2e_s", "queue_s"})
    for (const char* statistic : {"mean", "p50", "p90", "p99", "max"})
      EXPECT_TRUE(json[latency].contains(statistic)) << latency << statistic;
  EXPECT_EQ(json["scenario"]["name"], "small");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["requests"]["arrived"], 200);
  EXPECT_EQ(json["requests"]["finished"], 200);
  EXPECT_GE(json["process"]["wall_s"], json["sim"]["wall_s"]);
}

TEST(RunCommand, CountsGoodputOnlyAgainstATarget) {
  const Scratch scratch;
  const std::string file = scratch.write("small.json", small_scenario());
  const Json without = Json::parse(run_pigou("run " + file + " --json").out)["goodput"];
  EXPECT_TRUE(without["attained_fraction"].is_null());
  EXPECT_TRUE(without["requests_per_s"].is_null());
  EXPECT_TRUE(without["slo"]["ttft_s"].is_null());
  const std::string slo = "run " + file + " --json --set slo.ttft_s=";
  EXPECT_EQ(Json::parse(run_pigou(slo + "1000").out)["goodput"]["attained_fraction"], 1.0);
  EXPECT_EQ(Json::parse(run_pigou(slo + "1e-6").out)["goodput"]["attained_fraction"], 0.0);
}

TEST(RunCommand, SaysWhichShareOfTheRowsIsAnInferredTurn) {
  const Scratch scratch;
  // The second prompt begins with the first one's full block and has room for its answer.
  scratch.write("turns.jsonl",
                R"({"timestamp":0,"input_length":512,"output_length":40,"hash_ids":[1]}
{"timestamp":9000,"input_length":1100,"output_length":40,"hash_ids":[1,2,3]}
{"timestamp":9500,"input_length":600,"output_length":40,"hash_ids":[4,5]}
{"timestamp":9600,"input_length":600,"output_length":40,"hash_ids":[6,7]}
)");
  const std::string file = scratch.write("turns.json", R"({
    "workload": { "trace": "turns.jsonl", "infer_turns": true },
    "cluster": { "pools": [ { "count": 1, "gpu": "h100", "model": "llama-3.1-8b" } ] } })");
  const Outcome outcome = run_pigou("run " + file + " --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("turns inferred from block ids for 1 of 4 rows (25.0 %)"),
            std::string::npos)
      << outcome.out;
}

TEST(RunCommand, ShowsATableWithUnitsAndSaysWhereResultsWent) {
  const Scratch scratch;
  const std::string file = scratch.write("small.json", small_scenario());
  const Outcome outcome = run_pigou("run " + file + " -o " + scratch.file("out.h5"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(outcome.out.starts_with("scenario small (")) << outcome.out;
  for (const char* words : {"TTFT s", "TPOT ms", "requests/s", "held-out", "assumed"})
    EXPECT_NE(outcome.out.find(words), std::string::npos) << words;
  EXPECT_TRUE(outcome.out.ends_with(scratch.file("out.h5") + "\n")) << outcome.out;
  EXPECT_EQ(run_pigou("run " + file + " --quiet").out, "");
}

TEST(RunCommand, WritesTheSameBytesTwiceAndTheWallClockElsewhere) {
  const Scratch scratch;
  const std::string file = scratch.write("small.json", small_scenario());
  for (const char* router : {"round-robin", "random", "dynamo-kv@2026-08"}) {
    for (const char* name : {"a.h5", "b.h5"}) {
      const Outcome outcome =
          run_pigou("run " + file + " --quiet --router " + router + " -o " + scratch.file(name));
      ASSERT_EQ(outcome.code, 0) << outcome.err;
    }
    const std::string bytes = testing::read_all(scratch.file("a.h5"));
    EXPECT_GT(bytes.size(), 1000u);
    EXPECT_TRUE(bytes == testing::read_all(scratch.file("b.h5"))) << router;
  }
  const Json manifest = Json::parse(testing::read_all(scratch.file("a.h5.manifest.json")));
  for (const char* key : {"command_line", "wall_s", "host", "build", "trace", "scenario"})
    EXPECT_TRUE(manifest.contains(key)) << key;
}

TEST(RunCommand, AManifestsScenarioRunsToTheSameBytes) {
  const Scratch scratch;
  const std::string file = scratch.write("small.json", small_scenario());
  ASSERT_EQ(run_pigou("run " + file + " -q -o " + scratch.file("a.h5") +
                      " --set cluster.pools.serve.count=3 --router dualmap@2602.06502 --seed 5")
                .code,
            0);
  const Json manifest = Json::parse(testing::read_all(scratch.file("a.h5.manifest.json")));
  const std::string again = scratch.write("again.json", manifest["scenario"].dump());
  ASSERT_EQ(run_pigou("run " + again + " -q -o " + scratch.file("b.h5")).code, 0);
  EXPECT_TRUE(testing::read_all(scratch.file("a.h5")) == testing::read_all(scratch.file("b.h5")));
}

TEST(RunCommand, AnErrorLeavesNothingBehind) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  expect_user_error(
      "run " + file + " --set workload.synth.input=lognormal:x -o " + scratch.file("out.h5"),
      {"lognormal"});
  EXPECT_TRUE(scratch.holds_only("s.json"));
}

TEST(CompareCommand, DoesNotDependOnThreadsAndSaysDeterministicWhenItIs) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string words = "compare " + file + " --router round-robin --router random --seeds 3 ";
  const Outcome one = run_pigou(words + "--threads 1 -o " + scratch.file("1.h5"));
  const Outcome two = run_pigou(words + "--threads 2 -o " + scratch.file("2.h5"));
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.err, "");
  EXPECT_TRUE(testing::read_all(scratch.file("1.h5")) == testing::read_all(scratch.file("2.h5")));
  EXPECT_NE(one.out.find("95 % interval"), std::string::npos) << one.out;
  const Json json = Json::parse(run_pigou(words + "--json").out);
  EXPECT_EQ(json["seeds"].size(), 3u);
  EXPECT_EQ(json["routers"][0]["runs"].size(), 1u) << "nothing is drawn under round-robin";
  EXPECT_EQ(json["routers"][1]["runs"].size(), 3u);
  EXPECT_FALSE(json["deterministic"]);
  EXPECT_NE(one.out.find("nothing is drawn under round-robin"), std::string::npos) << one.out;
  const std::string exact = "compare " + file + " --router round-robin --router min-ttft ";
  const Json alone = Json::parse(run_pigou(exact + "--json").out);
  EXPECT_TRUE(alone["deterministic"]);
  EXPECT_EQ(alone["seeds"].size(), 1u);
  EXPECT_NE(run_pigou(exact).out.find("deterministic"), std::string::npos);
}

TEST(CompareCommand, ARunInsideAComparisonIsTheRunAlone) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const Json run = Json::parse(run_pigou("run " + file + " --router random --seed 2 --json").out);
  const Json both = Json::parse(
      run_pigou("compare " + file + " --router round-robin --router random --seeds 2 --json").out);
  const Json& inside = both["routers"][1]["runs"][1];
  EXPECT_EQ(inside["seed"], 2);
  EXPECT_EQ(inside["ttft_s.p99"], run["ttft_s"]["p99"]);
  EXPECT_EQ(inside["e2e_s.mean"], run["e2e_s"]["mean"]);
}

TEST(CompareCommand, AllIsEveryRouterThatFitsAndTheRestAreNamed) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const Outcome all = run_pigou("compare " + file + " --router all --seeds 1 --json --quiet");
  ASSERT_EQ(all.code, 0) << all.err;
  const std::size_t listed = Json::parse(run_pigou("list routers --json").out).size();
  const std::size_t run = Json::parse(all.out)["routers"].size();
  const auto named = std::ranges::count(all.err, '\n');
  EXPECT_EQ(run + static_cast<std::size_t>(named), listed) << all.err;
  EXPECT_NE(all.err.find("leaves out recorded (it follows the trace's own record"),
            std::string::npos)
      << all.err;
}

TEST(Readme, ShowsTheFiguresThatTheProgramPrints) {
  const std::filesystem::path folder = data_root();
  if (!std::filesystem::exists(folder / "traces" / "mooncake-fast25"))
    GTEST_SKIP() << folder << " holds no Mooncake trace";
  const Outcome outcome = run_pigou(
      "compare scenarios/mooncake-8.json --router round-robin --router dynamo-kv@2026-08 "
      "--router dualmap@2602.06502");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string page = testing::read_all(std::filesystem::path(source_root()) / "README.md");
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) {
    const bool of_this_run = line.starts_with("scenario ") || line.starts_with("wall ");
    const bool shown = page.find("    " + line + "\n") != std::string::npos;
    EXPECT_TRUE(of_this_run || line.empty() || shown)
        << line << "\nremake it: scripts/generate_readme_output";
    if (line.starts_with("figures     ")) break;
  }
}

TEST(TraceCommand, MakesATraceThatItCanReadBack) {
  const Scratch scratch;
  const std::string file = scratch.file("t.jsonl.gz");
  const Outcome made =
      run_pigou("trace synth requests=300 rate=5 input=lognormal:900:0.7 -o " + file);
  ASSERT_EQ(made.code, 0) << made.err;
  const Json info = Json::parse(run_pigou("trace info " + file + " --json").out);
  EXPECT_EQ(info["requests"], 300);
  EXPECT_EQ(info["format"], "mooncake");
  const std::string copy = scratch.file("copy.jsonl");
  ASSERT_EQ(run_pigou("trace convert " + file + " -o " + copy).code, 0);
  EXPECT_EQ(Json::parse(run_pigou("trace info " + copy + " --json").out)["blocks"], info["blocks"]);
}

}  // namespace
}  // namespace pigou
