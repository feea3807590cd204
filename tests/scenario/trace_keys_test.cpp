// The workload keys that say how a trace is read and when its requests come.
#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <algorithm>
#include <functional>

#include "core/error.hpp"
#include "paths.hpp"
#include "scenario/keys.hpp"
#include "scenario/scenario.hpp"
#include "scenario/trace_source.hpp"
#include "trace/format.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

/// A scenario with this `workload` section, resolved as a file.
Scenario resolve(const std::string& workload) {
  const fs::path file =
      fs::temp_directory_path() / ("pigou-trace-keys-" + std::to_string(getpid()) + ".json");
  std::ofstream(file, std::ios::binary)
      << R"({ "cluster": { "pools": [ { "count": 2, "gpu": "h100", "model": "llama-3.1-8b" } ] },)"
      << "\"workload\": " << workload << "}";
  ScenarioRequest request;
  request.file = file.string();
  Scenario scenario = resolve_scenario(request);
  fs::remove(file);
  scenario.folder = fs::path(source_root()) / "scenarios";
  return scenario;
}

std::string miniature(const std::string& name) {
  std::string text = "\"";
  text.append(source_root()).append("/traces/miniatures/").append(name).append("\"");
  return text;
}

std::string error_of(const std::string& workload) {
  try {
    const Scenario scenario = resolve(workload);
    make_workload(load_trace(scenario), scenario, 1);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

void expect_words(const std::string& message, const std::vector<std::string>& words) {
  for (const auto& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "no '" << word << "' in: " << message;
}

TEST(TraceKeys, DoesTheFormatKeyNameEveryFormat) {
  std::string choices = "|";
  choices.append(find_scenario_key("workload.format")->choices).append("|");
  for (const std::string& name : trace_formats())
    EXPECT_NE(choices.find("|" + name + "|"), std::string::npos) << name;
  const auto bars = std::count(choices.begin(), choices.end(), '|');
  EXPECT_EQ(static_cast<std::size_t>(bars), trace_formats().size() + 2);  // and auto
}

TEST(TraceKeys, DoReadKeysReachTheReader) {
  const Scenario scenario = resolve(
      R"({ "trace": )" + miniature("servegen") +
      R"(, "read": { "window_s": [600, 2400], "seed": 9, "rate_scale": 2, "clients": "0,1" } })");
  EXPECT_EQ(scenario.source.read.begin_s, 600);
  EXPECT_EQ(scenario.source.read.end_s, 2400);
  EXPECT_EQ(scenario.source.read.draw,
            (DrawOptions{.seed = 9, .rate_scale = 2, .clients = "0,1", .max_clients = 0}));
  EXPECT_EQ(load_trace(scenario).rows(), 2U * (90 + 48 + 24 + 36));
  const Scenario one =
      resolve(R"({ "trace": )" + miniature("servegen") + R"(, "read": { "max_clients": 1 } })");
  EXPECT_EQ(load_trace(one).rows(), 198U);
}

TEST(TraceKeys, DoesATraceWithoutTimesTakeDrawnOnes) {
  const std::string trace = R"({ "trace": )" + miniature("vidur.csv");
  expect_words(error_of(trace + "}"),
               {"records no times", "workload.arrivals.family", "workload.concurrency"});
  const Scenario scenario =
      resolve(trace + R"(, "arrivals": { "family": "gamma", "rate": 0.5, "cv": 2 } })");
  const auto workload = make_workload(load_trace(scenario), scenario, 1);
  EXPECT_EQ(workload->size(), 40U);
  EXPECT_TRUE(workload->random);
  EXPECT_EQ(workload->row.front(), 0U);
  EXPECT_GT(workload->arrival.back().ps, workload->arrival.front().ps);
  const auto again = make_workload(load_trace(scenario), scenario, 1);
  EXPECT_EQ(again->arrival, workload->arrival);
  EXPECT_NE(make_workload(load_trace(scenario), scenario, 2)->arrival, workload->arrival);
  const Scenario closed = resolve(trace + R"(, "concurrency": 4 })");
  EXPECT_EQ(make_workload(load_trace(closed), closed, 1)->concurrency, 4U);
}

TEST(TraceKeys, DoDrawnArrivalsReplaceRecordedOnesAtTheGivenRate) {
  const std::string trace = R"({ "trace": )" + miniature("vtc.csv");
  const Scenario scenario =
      resolve(trace + R"(, "arrivals": { "family": "constant", "rate": 4 } })");
  const auto workload = make_workload(load_trace(scenario), scenario, 1);
  EXPECT_EQ(workload->arrival[1].ps, kPsPerSecond / 4);
  EXPECT_EQ(workload->arrival.back().ps, 39 * kPsPerSecond / 4);
  EXPECT_FALSE(workload->random);
}

TEST(TraceKeys, DoKeysThatDoNotFitSayWhy) {
  const std::string vtc = R"({ "trace": )" + miniature("vtc.csv");
  expect_words(error_of(vtc + R"(, "arrivals": { "rate": 4 } })"), {"workload.arrivals.family"});
  expect_words(error_of(vtc + R"(, "arrivals": { "family": "poisson" }, "concurrency": 2 })"),
               {"workload.arrivals does not fit", "concurrency"});
  expect_words(error_of(vtc + R"(, "read": { "seed": 4 } })"), {"vtc", "draws none"});
  expect_words(error_of(vtc + R"(, "read": { "window_s": [5, 5] } })"), {"read.window_s"});
  expect_words(error_of(vtc + R"(, "read": { "windows": 4 } })"), {"workload.read.windows"});
  expect_words(error_of(R"({ "synth": { "requests": 5 }, "read": { "seed": 4 } })"),
               {"both read and synth"});
  expect_words(error_of(R"({ "synth": { "requests": 9, "turns": 3 },)"
                        R"( "arrivals": { "family": "poisson" } })"),
               {"workload.arrivals does not fit", "sessions", "workload.sessions.start"});
}

TEST(TraceKeys, AreFilesOfASynthLookedForBesideTheScenario) {
  const fs::path folder = fs::temp_directory_path() / ("pigou-beside-" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "rates.csv") << "0,2\n100,5\n";
  std::ofstream(folder / "lengths.csv") << "700,1\n";
  std::ofstream(folder / "s.json")
      << R"({ "cluster": { "pools": [ { "count": 2, "gpu": "h100", "model": "llama-3.1-8b" } ] },)"
      << R"("workload": { "synth": { "requests": 50, "arrivals": "series", )"
      << R"("rate_file": "rates.csv", "input": "histogram:lengths.csv" } } })";
  ScenarioRequest request;
  request.file = (folder / "s.json").string();
  const Scenario scenario = resolve_scenario(request);
  const Trace trace = load_trace(scenario);
  EXPECT_EQ(trace.rows(), 50U);
  for (const std::uint32_t tokens : trace.input_tokens) EXPECT_EQ(tokens, 700U);
  // Both are inputs: a sweep that is resumed asks whether they have changed.
  EXPECT_EQ(input_files(scenario).size(), 2U);
  fs::remove_all(folder);
}

TEST(ArrivalShape, SpreadAndWarmUpChangeTheTracesOwnTimes) {
  const std::string quickstart = R"({ "head": 4, "warm_up": { "requests": 2, "rate": 0.5 } })";
  const Scenario warm = resolve(quickstart);
  EXPECT_TRUE(reshapes_arrivals(warm));
  const auto workload = make_workload(load_trace(warm), warm, 1);
  ASSERT_EQ(workload->size(), 4U);
  EXPECT_EQ(to_seconds(workload->arrival[1]), 2);
  EXPECT_EQ(to_seconds(workload->arrival[2]), 4);
  EXPECT_FALSE(workload->as_recorded);
  EXPECT_FALSE(reshapes_arrivals(resolve("{}")));
  const Scenario spread = resolve(R"({ "spread": true })");
  const auto times = make_workload(load_trace(spread), spread, 1)->arrival;
  EXPECT_TRUE(std::ranges::adjacent_find(times, std::greater_equal<>{}) == times.end());
  for (const char* wrong :
       {R"({ "warm_up": { "requests": 2 } })", R"({ "spread": true, "concurrency": 4 })",
        R"({ "spread": true, "arrivals": { "family": "poisson" } })"}) {
    const Scenario scenario = resolve(wrong);
    EXPECT_THROW(load_trace(scenario), UserError) << wrong;
  }
}

}  // namespace
}  // namespace pigou
