#include "scenario/scenario.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

#include <algorithm>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "depth.hpp"
#include "paths.hpp"
#include "scenario/keys.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPool =
    R"({ "name": "serve", "count": 2, "gpu": "h100", "model": "llama-3.1-8b" })";

std::string with_pools(const std::string& pools, const std::string& rest = "") {
  return "{ \"cluster\": { \"pools\": [" + pools + "] }" + rest + " }";
}

/// Resolves `text` as a file would be, under overrides.
Scenario resolve(const std::string& text, const std::vector<std::string>& sets = {}) {
  const fs::path file = fs::temp_directory_path() / ("pigou-scenario-" + hex(hash_name(text)) +
                                                     std::to_string(getpid()) + ".json");
  std::ofstream(file, std::ios::binary) << text;
  ScenarioRequest request;
  request.file = file.string();
  request.sets = sets;
  try {
    Scenario scenario = resolve_scenario(request);
    fs::remove(file);
    return scenario;
  } catch (...) {
    fs::remove(file);
    throw;
  }
}

std::string error_of(const std::string& text, const std::vector<std::string>& sets = {}) {
  try {
    resolve(text, sets);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

void expect_error(const std::string& text, const std::vector<std::string>& words,
                  const std::vector<std::string>& sets = {}) {
  const std::string message = error_of(text, sets);
  for (const auto& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "no '" << word << "' in: " << message;
}

TEST(ScenarioKeys, EveryKeyHasASentenceAUnitAndADefaultInItsRange) {
  for (const auto& key : scenario_keys()) {
    EXPECT_TRUE(key.sentence.ends_with('.')) << key.path;
    EXPECT_FALSE(key.unit.empty()) << key.path;
    EXPECT_EQ(key.type == KeyType::kChoice, !key.choices.empty()) << key.path;
    EXPECT_EQ(find_scenario_key(key.path), &key) << "declared twice: " << key.path;
    if (key.type == KeyType::kInteger || key.type == KeyType::kReal) {
      EXPECT_LE(key.min, key.max) << key.path;
    }
  }
}

TEST(Scenario, FillsDefaultsAsTheEngineDoesBySizeOfGpu) {
  const auto large = resolve(with_pools(kPool)).config.cluster.pools.at(0);
  EXPECT_EQ(large.engine.max_num_seqs, 1024u);
  EXPECT_EQ(large.engine.max_num_batched_tokens, 8192u);
  EXPECT_EQ(large.engine.max_model_len, 131072u);
  EXPECT_EQ(large.engine.block_tokens, 16u);
  const auto small = resolve(with_pools(kPool), {"cluster.pools.serve.gpu=a100"});
  EXPECT_EQ(small.config.cluster.pools.at(0).engine.max_num_seqs, 256u);
  EXPECT_EQ(small.config.cluster.pools.at(0).engine.max_num_batched_tokens, 2048u);
}

TEST(Scenario, PoolEngineKeysBeatTheDefaultsForAllPools) {
  const std::string text =
      with_pools(std::string(kPool) +
                     R"(, { "name": "b", "gpu": "h100", "model": "llama-3.1-8b",
                            "engine": { "max_num_seqs": 8, "max_loras": 4 } })",
                 R"(, "engine": { "max_num_seqs": 64, "kv_tokens": 3200 })");
  const auto pools = resolve(text).config.cluster.pools;
  EXPECT_EQ(pools.at(0).engine.max_num_seqs, 64u);
  EXPECT_EQ(pools.at(1).engine.max_num_seqs, 8u);
  EXPECT_EQ(pools.at(0).engine.max_loras, 0u) << "unset: room for all";
  EXPECT_EQ(pools.at(1).engine.max_loras, 4u);
  EXPECT_EQ(pools.at(1).kv_blocks, 200u);
}

TEST(Scenario, AllowsCommentsAndResolvesToAFixedPoint) {
  const Scenario first = resolve("// why\n" + with_pools(kPool, R"(, "name": "x" /* because */)"));
  EXPECT_EQ(first.name, "x");
  const Scenario second = resolve(first.resolved);
  EXPECT_EQ(first.resolved, second.resolved);
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_NE(first.hash, resolve(first.resolved, {"seed=2"}).hash);
}

TEST(Scenario, SetReachesPoolsByNameRoleAndIndexAndMakesSections) {
  const std::string split = with_pools(R"(
      { "role": "prefill", "gpu": "h100", "model": "llama-3.1-8b" },
      { "role": "decode", "gpu": "h100", "model": "llama-3.1-8b" })");
  const Scenario scenario =
      resolve(split, {"cluster.pools.prefill.count=4", "cluster.pools.1.count=3", "slo.ttft_s=2",
                      "router.name=dynamo-kv@2026-08", "router.temperature=0.5",
                      "workload.sessions.rate=2"});
  EXPECT_EQ(scenario.config.cluster.pools.at(0).count, 4u);
  EXPECT_EQ(scenario.config.cluster.pools.at(1).count, 3u);
  EXPECT_EQ(scenario.config.cluster.pools.at(1).name, "decode");
  EXPECT_EQ(scenario.config.slo.ttft_s, 2);
  EXPECT_EQ(scenario.config.router.name, "dynamo-kv@2026-08");
  EXPECT_NE(scenario.router_parameters.find("\"temperature\":0.5"), std::string::npos);
}

TEST(Scenario, EveryUnknownKeyNamesItsPathAndTheNearest) {
  expect_error(R"({ "worklod": {} })", {"'worklod'", "workload"});
  expect_error(R"({ "workload": { "hed": 3 } })", {"'workload.hed'", "head"});
  expect_error(with_pools(R"({ "name": "a", "engin": {} })"),
               {"'cluster.pools.a.engin'", "engine"});
  expect_error(with_pools(kPool, R"(, "engine": { "max_num_seq": 3 })"), {"max_num_seqs"});
  expect_error(with_pools(kPool, R"(, "max_num_seqs": 3)"), {"engine.max_num_seqs"});
  expect_error(with_pools(kPool, R"(, "router": { "name": "random", "x": 1 })"), {"'x'"});
  expect_error(with_pools(kPool), {"serv", "serve"}, {"cluster.pools.serv.count=1"});
}

TEST(Scenario, EveryWrongValueNamesPathValueAndRange) {
  const std::string good = with_pools(kPool);
  expect_error(good, {"cluster.pools.serve.count", "0", "1 to 65536"},
               {"cluster.pools.serve.count=0"});
  expect_error(good, {"cluster.pools.serve.count", "2.5"}, {"cluster.pools.serve.count=2.5"});
  expect_error(good, {"workload.jitter_s", "\"x\"", " s"}, {"workload.jitter_s=x"});
  expect_error(good, {"workload.window_s", "two numbers"}, {"workload.window_s=[1]"});
  expect_error(good, {"workload.window_s"}, {"workload.window_s=[3,1]"});
  expect_error(good, {"engine.fast_forward", "true or false"}, {"engine.fast_forward=1"});
  expect_error(good, {"cluster.pools.serve.role", "prefill"}, {"cluster.pools.serve.role=both"});
  expect_error(good, {"router"}, {"router=random"});
  expect_error(good, {"seed"}, {"seed=-1"});
  expect_error(good, {"temperature", "0 to"},
               {"router.name=dynamo-kv@2026-08", "router.temperature=-1"});
  expect_error(good, {"temperature"},
               {"router.name=dynamo-kv@2026-08", "router.temperature=\"1\""});
  expect_error(good, {"at least max_num_seqs"},
               {"engine.max_num_seqs=512", "engine.max_num_batched_tokens=100"});
}

TEST(Scenario, WhatIsNotBuiltYetIsAnErrorThatSaysSo) {
  for (const char* set : {"cluster.pools.serve.pp=2", "cluster.pools.serve.dp=2"})
    expect_error(with_pools(kPool), {"yet"}, {set});
  expect_error(with_pools(kPool), {"vllm-v1"}, {"engine.kind=sglang"});
}

TEST(Scenario, ImpossibleClustersAreErrors) {
  expect_error("{}", {"cluster.pools"});
  expect_error(with_pools(kPool), {"decode"}, {"cluster.pools.serve.role=prefill"});
  expect_error(with_pools(std::string(kPool) + "," + kPool), {"two pools"});
  expect_error(with_pools(R"({ "count": 1 })"), {"gpu and model"});
  expect_error(with_pools(R"({ "step_s": 0.01 })"), {"kv_tokens"});
  expect_error(with_pools(kPool), {"h100"}, {"cluster.pools.serve.gpu=h10"});
  EXPECT_NO_THROW(resolve(with_pools(R"({ "step_s": 0.01 })"), {"engine.kv_tokens=1000"}));
}

TEST(Scenario, ALinearStepModelMayBeStatedInsteadOfNamed) {
  const auto pool = [](const std::string& keys) {
    return with_pools("{ \"engine\": { \"kv_tokens\": 1000 }, " + keys + " }");
  };
  expect_error(pool(R"("prefill_s_per_token": 0.001)"), {"decode_step_s", "not set"});
  expect_error(pool(R"("decode_step_s": 0.01)"), {"decode_step_s", "prefill_s_per_token"});
  expect_error(pool(R"("prefill_s_per_token": 0.001, "decode_step_s": 0.01, "step_s": 1)"),
               {"two step models"});
  expect_error(with_pools(R"({ "prefill_s_per_token": 0.001, "decode_step_s": 0.01 })"),
               {"kv_tokens"});
  const Scenario stated = resolve(
      pool(R"("prefill_s_per_token": 0.001, "decode_step_s": 0.01, "cached_s_per_token": 0.0001)"));
  const PoolModel& model = stated.config.cluster.pools[0].model;
  EXPECT_EQ(model.step.step(Regime::kMixed, {100, 5, 0, 10, 0}).ps, 111 * kPsPerMillisecond);
  EXPECT_EQ(model.provenance.kind, "linear");
}

TEST(Scenario, BrokenTextNamesThePlace) {
  expect_error("{ \"seed\": 1, }", {"line 1"});
  expect_error("[1]", {"not a scenario"});
  expect_error("", {"not valid JSON"});
  expect_error(R"({ "seed": 1, "seed": 2 })", {"'seed' twice"});
  expect_error(R"({ "seed": 1e999 })", {"not valid JSON"});
}

/// One small damage to a text: a byte changed, dropped or doubled, or a number replaced.
std::string mutate(std::string text, const RandomStream& stream, std::uint64_t entity) {
  static const std::string kNumbers[] = {
      "-1", "0", "1e300", "99999999999999999999", "0.5", "null", "\"\"", "[]", "{}", "true"};
  const std::uint32_t edits = 1 + stream.below(3, entity, 0);
  for (std::uint32_t edit = 0; edit < edits && !text.empty(); ++edit) {
    const std::uint32_t draw = 4 * edit + 1;
    const auto at = stream.below(static_cast<std::uint32_t>(text.size()), entity, draw);
    switch (stream.below(4, entity, draw + 1)) {
      case 0:
        text[at] = static_cast<char>(stream.below(256, entity, draw + 2));
        break;
      case 1:
        text.erase(at, 1 + stream.below(8, entity, draw + 2));
        break;
      case 2:
        text.insert(at, text.substr(at, 1 + stream.below(20, entity, draw + 2)));
        break;
      default: {
        const auto digit = text.find_first_of("0123456789", at);
        if (digit != std::string::npos)
          text.replace(digit, 1, kNumbers[stream.below(10, entity, draw + 2)]);
      }
    }
  }
  return text;
}

TEST(Scenario, ResolvesOrRefusesWhateverAFileHolds) {
  const std::uint64_t mutations = draws(500, "mutants");
  std::vector<std::string> texts;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(source_root()) / "scenarios")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::sort(texts.begin(), texts.end());
  ASSERT_FALSE(texts.empty());
  const RandomStream stream(20261122, "scenario mutations");
  std::uint64_t accepted = 0;
  for (std::uint64_t i = 0; i < mutations; ++i) {
    const std::string text = mutate(texts[i % texts.size()], stream, i);
    try {
      const Scenario scenario = resolve(text);
      ++accepted;
      EXPECT_EQ(resolve(scenario.resolved).resolved, scenario.resolved) << text;
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find("): "), std::string::npos) << error.what();
    }
  }
  RecordProperty("accepted", static_cast<int>(accepted));
  EXPECT_LT(accepted, mutations + 1);
}

TEST(Fleet, LostRequestsAreTriedAgainAsTheRouterDoesUnlessTheScenarioSaysOtherwise) {
  const auto fleet = [](const std::string& router, const std::string& keys = "") {
    return resolve(with_pools(kPool, R"(, "router": { "name": ")" + router + R"(" }, "fleet": {)" +
                                         keys + "}"))
        .config.fleet;
  };
  EXPECT_EQ(fleet("dynamo-kv@2026-08").retries, 0U) << "--migration-limit 0";
  const FleetConfig smg = fleet("smg-cache-aware");
  EXPECT_EQ(smg.retries, 4U) << "its max_retries 5 counts the first attempt";
  EXPECT_EQ(smg.backoff.initial_s, 0.05);
  EXPECT_EQ(smg.backoff.max_s, 30);
  EXPECT_EQ(smg.backoff.multiplier, 1.5);
  EXPECT_EQ(smg.backoff.jitter, 0.2);
  EXPECT_FALSE(smg.waits_for_somebody);
  EXPECT_EQ(smg.breaker.failures, 10U);
  EXPECT_EQ(smg.breaker.successes, 3U);
  EXPECT_EQ(smg.breaker.open_s, 60);
  EXPECT_EQ(fleet("llm-d-epp").retries, 0U) << "its Envoy has no retry policy";
  EXPECT_EQ(fleet("least-outstanding").backoff.initial_s, 0);
  EXPECT_EQ(fleet("least-outstanding").breaker.failures, 0U);
  EXPECT_TRUE(fleet("least-outstanding").waits_for_somebody);
  const FleetConfig own = fleet("smg-cache-aware", R"("retry_backoff_s": 0, "nobody": "wait",
      "breaker_failures": 0, "retry_backoff_jitter": 1)");
  EXPECT_EQ(own.backoff.initial_s, 0);
  EXPECT_EQ(own.backoff.jitter, 1);
  EXPECT_TRUE(own.waits_for_somebody);
  EXPECT_EQ(own.breaker.failures, 0U);
  EXPECT_EQ(own.breaker.successes, 3U) << "what is not said stays the router's";
  EXPECT_EQ(fleet("smg-cache-aware").retry, RetryRule::kBeforeFirstToken);
  EXPECT_EQ(fleet("least-outstanding").retries, 1U);
  const FleetConfig migrating = fleet("dynamo-kv@2026-08", R"("retries": 3)");
  EXPECT_EQ(migrating.retries, 3U);
  EXPECT_EQ(migrating.retry, RetryRule::kContinue) << "what Dynamo calls migration";
  EXPECT_EQ(fleet("smg-cache-aware", R"("retry": "continue")").retry, RetryRule::kContinue);
}

TEST(Fleet, TheResolvedScenarioSaysWhatTheRouterDoesWithLostRequests) {
  const Scenario scenario =
      resolve(with_pools(kPool, R"(, "router": { "name": "smg-cache-aware" })"));
  const auto fleet = nlohmann::json::parse(scenario.resolved).at("fleet");
  EXPECT_EQ(fleet.at("retries"), 4);
  EXPECT_EQ(fleet.at("retry"), "before-first-token");
  EXPECT_EQ(fleet.at("retry_backoff_s"), 0.05);
  EXPECT_EQ(fleet.at("retry_backoff_max_s"), 30);
  EXPECT_EQ(fleet.at("retry_backoff_multiplier"), 1.5);
  EXPECT_EQ(fleet.at("retry_backoff_jitter"), 0.2);
  EXPECT_EQ(fleet.at("nobody"), "lose");
  EXPECT_EQ(fleet.at("breaker_failures"), 10);
  EXPECT_EQ(fleet.at("breaker_successes"), 3);
  EXPECT_EQ(fleet.at("breaker_open_s"), 60);
  EXPECT_EQ(resolve(scenario.resolved).resolved, scenario.resolved);
}

TEST(Fleet, WrongRetryAndBreakerKeysAreOneClearLine) {
  const auto complaint = [](const std::string& keys) -> std::string {
    try {
      resolve(with_pools(kPool, R"(, "fleet": {)" + keys + "}"));
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  };
  for (const auto& [keys, word] : std::vector<std::pair<std::string, std::string>>{
           {R"("retry_backoff_s": -1)", "fleet.retry_backoff_s"},
           {R"("retry_backoff_s": "soon")", "fleet.retry_backoff_s"},
           {R"("retry_backoff_max_s": 4000)", "fleet.retry_backoff_max_s"},
           {R"("retry_backoff_s": 2, "retry_backoff_max_s": 1)", "fleet.retry_backoff_max_s"},
           {R"("retry_backoff_multiplier": 0.5)", "fleet.retry_backoff_multiplier"},
           {R"("retry_backoff_jitter": 1.5)", "fleet.retry_backoff_jitter"},
           {R"("nobody": "queue")", "fleet.nobody"},
           {R"("breaker_failures": -1)", "fleet.breaker_failures"},
           {R"("breaker_successes": 0)", "fleet.breaker_successes"},
           {R"("breaker_open_s": 0)", "fleet.breaker_open_s"}}) {
    const std::string said = complaint(keys);
    EXPECT_NE(said.find(word), std::string::npos) << keys << ": " << said;
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace pigou
