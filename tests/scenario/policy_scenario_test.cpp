// May a user hand over Dynamo's file, by whatever way a scenario has, and need it no more after?
#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "routing/dynamo/profile.hpp"
#include "scenario/scenario.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = R"(
default_policy_family: all
uncached_isl_buckets: [{min_tokens: 0, bucket: any}]
policy_classes:
  - {name: all, policy_family: all, cache_bucket: any, quantum: 7, prefill_busy_threshold: 100}
models:
  other:
    default_policy_family: all
    uncached_isl_buckets: [{min_tokens: 0, bucket: any}]
    policy_classes: [{name: all, policy_family: all, cache_bucket: any, quantum: 9}]
)";

/// A folder with classes.yaml and classes.json, gone at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("pigou-classes-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
    write("classes.yaml", kConfig);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

  /// A scenario file in it with this router section, under overrides.
  Scenario resolve(const std::string& router, const std::vector<std::string>& sets = {},
                   const std::optional<std::string>& replaced = {}) const {
    ScenarioRequest request;
    request.file = write("s.json", R"({"cluster": {"pools": [{"count": 2, "gpu": "h100",
        "model": "llama-3.1-8b"}]}, "router": )" +
                                       router + "}");
    request.sets = sets;
    request.router = replaced;
    return resolve_scenario(request);
  }
  std::string error_of(const std::string& router, const std::vector<std::string>& sets = {}) const {
    try {
      resolve(router, sets);
    } catch (const UserError& error) {
      return error.what();
    }
    return "no error";
  }

 private:
  fs::path path_;
};

constexpr const char* kPlain = R"({"name": "dynamo-kv@2026-08"})";

const DynamoProfile* profile_of(const Scenario& scenario) {
  return dynamic_cast<const DynamoProfile*>(scenario.config.router.file.get());
}

std::int64_t quantum(const Scenario& scenario) {
  const auto* profile = profile_of(scenario);
  return profile == nullptr ? 0 : profile->classes.at(0).quantum;
}

TEST(PolicyScenario, AFileIsTakenByEveryWayAScenarioHas) {
  const Folder folder;
  const Scenario plain = folder.resolve(kPlain);
  EXPECT_EQ(quantum(plain), 0);
  EXPECT_EQ(plain.resolved.find("policy_config"), std::string::npos) << "as before";
  const Scenario beside =
      folder.resolve(R"({"name": "dynamo-kv@2026-08", "policy_config": "classes.yaml"})");
  EXPECT_EQ(quantum(beside), 7);
  EXPECT_EQ(quantum(folder.resolve(kPlain, {"router.policy_config=classes.yaml"})), 7);
  EXPECT_EQ(
      quantum(folder.resolve(kPlain, {"router.policy_config=" + folder.path("classes.yaml")})), 7);
  EXPECT_EQ(quantum(folder.resolve(kPlain, {}, "dynamo-lmetric:policy_config=classes.yaml")), 7);
  EXPECT_NE(beside.hash, plain.hash);
}

TEST(PolicyScenario, ResultsNeedTheFileNoMore) {
  const Folder folder;
  const Scenario first = folder.resolve(kPlain, {"router.policy_config=classes.yaml"});
  const auto resolved = nlohmann::ordered_json::parse(first.resolved);
  EXPECT_TRUE(resolved["router"]["policy_config"].is_object());
  fs::remove(folder.path("classes.yaml"));
  ScenarioRequest again;
  again.file = folder.write("again.json", first.resolved);
  const Scenario second = resolve_scenario(again);
  EXPECT_EQ(second.resolved, first.resolved);
  EXPECT_EQ(second.hash, first.hash);
  EXPECT_EQ(quantum(second), 7);
  // The same as JSON in a file of its own, and inline.
  const std::string object = resolved["router"]["policy_config"].dump();
  folder.write("classes.json", "// as JSON\n" + object);
  const Scenario as_json = folder.resolve(kPlain, {"router.policy_config=classes.json"});
  EXPECT_EQ(profile_of(as_json)->classes.size(), 1U);
  EXPECT_EQ(
      quantum(folder.resolve(R"({"name": "dynamo-kv@2026-08", "policy_config": )" + object + "}")),
      7);
  EXPECT_EQ(quantum(folder.resolve(kPlain, {"router.policy_config=" + object,
                                            "router.policy_config.policy_classes.all.quantum=3"})),
            3)
      << "its numbers can be set, and so swept";
  folder.write("classes.yaml", kConfig);
  EXPECT_EQ(quantum(folder.resolve(R"({"name": "dynamo-kv@2026-08",
                                       "policy_config": "classes.yaml"})",
                                   {"router.policy_config.policy_classes.all.quantum=5"})),
            5)
      << "those of a file too";
}

TEST(PolicyScenario, TheServedModelChoosesItsProfile) {
  const Folder folder;
  const std::vector<std::string> file = {"router.policy_config=classes.yaml"};
  EXPECT_EQ(quantum(folder.resolve(kPlain, {file[0], "router.served_model_name=other"})), 9);
  EXPECT_EQ(quantum(folder.resolve(kPlain, {file[0], "router.served_model_name=nobody"})), 7);
  const Scenario served = folder.resolve(kPlain, {file[0], "router.served_model_name=other"});
  EXPECT_NE(served.resolved.find("\"served_model_name\": \"other\""), std::string::npos);
  EXPECT_NE(folder.error_of(kPlain, {"router.served_model_name=other"}).find("policy_config"),
            std::string::npos);
}

TEST(PolicyScenario, WhatCannotBeIsSaidInOneLine) {
  const Folder folder;
  const auto expect = [&](const char* router, const std::vector<std::string>& sets,
                          const char* words) {
    const std::string message = folder.error_of(router, sets);
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  };
  const std::vector<std::string> file = {"router.policy_config=classes.yaml"};
  expect(R"({"name": "round-robin"})", file, "does not go with round-robin");
  expect(R"({"name": "dynamo-kv@2025-08"})", file, "does not go with dynamo-kv@2025-08");
  expect(R"({"name": "llm-d-epp", "served_model_name": "x"})", {}, "does not go with llm-d-epp");
  expect(kPlain, {"router.policy_config=absent.yaml"}, "absent.yaml is not there (looked for ");
  expect(kPlain, {"router.policy_config=.."}, "is no file");
  expect(kPlain, {"router.policy_config=7"}, "it is a mapping");
  folder.write("broken.yaml", "a: [1\n");
  expect(kPlain, {"router.policy_config=broken.yaml"}, "broken.yaml is not valid YAML (line 2");
  folder.write("broken.json", "{");
  expect(kPlain, {"router.policy_config=broken.json"}, "broken.json is not valid JSON");
  folder.write("lcfs.yaml", std::string(kConfig) + "worker_selection: {aggregated: mine}\n");
  expect(kPlain, {"router.policy_config=lcfs.yaml"}, "names no instance");
  expect(R"({"name": "dynamo-kv@2026-08", "uncached_isl_bucket": 512})", {}, "uncached_isl_bucket");
}

}  // namespace
}  // namespace pigou
