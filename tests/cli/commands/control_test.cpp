// Is a parameter that changes during a run shown wherever its user looks, and a wrong one refused?
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"
#include "io/hdf5_reader.hpp"

namespace pigou {
namespace {

using Json = nlohmann::json;
using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;

std::string with_changes(const std::string& changes) {
  return testing::small_scenario(R"(, "router": { "name": "dynamo-kv@2026-08" },
      "control": { "changes": [)" +
                                 changes + "] }");
}

TEST(ControlCommand, AChangeIsInTableJsonFileAndExplanation) {
  const Scratch scratch;
  const std::string scenario = scratch.write("changes.json", with_changes(R"(
      {"at_s": 4, "parameter": "temperature", "value": 0.8},
      {"at_s": 8.5, "parameter": "temperature", "value": 0})"));
  const std::string file = scratch.file("changes.h5");
  const Outcome run = run_pigou("run " + scenario + " --decisions all -o " + file);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("changes     2 of the router's parameters: temperature=0.8 at 4 s, "
                         "temperature=0 at 8.5 s"),
            std::string::npos)
      << run.out;
  const Json changes =
      Json::parse(run_pigou("run " + scenario + " --json").out)["parameter_changes"];
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(
      changes[1],
      Json({{"time_s", 8.5}, {"parameter", "temperature"}, {"value", 0.0}, {"by", "scenario"}}));
  const Hdf5Reader reader(file);
  EXPECT_EQ(reader.texts("/result/parameter_changes/parameter"),
            (std::vector<std::string>{"temperature", "temperature"}));
  const auto explained = [&](int request) {
    return run_pigou("explain " + file + " --request " + std::to_string(request)).out;
  };
  EXPECT_EQ(explained(0).find("changed"), std::string::npos);
  EXPECT_NE(explained(60).find("temperature=0.8 since 4 s by the scenario"), std::string::npos);
  EXPECT_NE(explained(60).find("drawn by softmax"), std::string::npos);
  EXPECT_NE(explained(199).find("temperature=0 since 8.5 s"), std::string::npos);
  EXPECT_NE(explained(199).find("lowest cost"), std::string::npos);
}

TEST(ControlCommand, ARunWithoutChangesSaysNothingOfThem) {
  const Scratch scratch;
  const std::string scenario = scratch.write("plain.json", testing::small_scenario());
  const Outcome json = run_pigou("run " + scenario + " --json");
  EXPECT_FALSE(Json::parse(json.out).contains("parameter_changes"));
  EXPECT_EQ(run_pigou("run " + scenario).out.find("changes "), std::string::npos);
}

TEST(ControlCommand, WhatMayNotChangeIsOneClearLine) {
  const Scratch scratch;
  const std::pair<const char*, const char*> cases[] = {
      {R"({"at_s": 1, "parameter": "use_kv_events", "value": 0})", "cannot change during a run"},
      {R"({"at_s": 1, "parameter": "temprature", "value": 0})", "did you mean 'temperature'?"},
      {R"({"at_s": 1, "parameter": "temperature", "value": -1})", "use 0 to 1000"},
      {R"({"at_s": 1, "parameter": "temperature", "value": "hot"})", "control.changes.0.value"},
      {R"({"at_s": -1, "parameter": "temperature", "value": 1})", "control.changes.0.at_s"},
      {R"({"at_s": 1, "value": 1})", "no parameter or no value"},
      {R"({"at_s": 1, "parameter": "temperature"})", "no parameter or no value"}};
  for (const auto& [change, said] : cases) {
    const std::string scenario = scratch.write("wrong.json", with_changes(change));
    const Outcome outcome = run_pigou("run " + scenario);
    EXPECT_EQ(outcome.code, 2) << change;
    EXPECT_NE(outcome.err.find(said), std::string::npos) << change << "\n" << outcome.err;
  }
  const std::string scenario = scratch.write(
      "right.json", with_changes(R"({"at_s": 1, "parameter": "temperature", "value": 1})"));
  const Outcome other = run_pigou("run " + scenario + " --router round-robin");
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("unknown parameter 'temperature' of round-robin"), std::string::npos);
  EXPECT_EQ(run_pigou("follow " + scenario).code, 2);
}

}  // namespace
}  // namespace pigou
