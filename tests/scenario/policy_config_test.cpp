// Does a policy config keep or break Dynamo's rules as policy_config.rs has them, and does it mean
// what it says?
#include "scenario/policy_config.hpp"
#include "scenario/policy_profile.hpp"

#include <gtest/gtest.h>

#include <array>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "io/yaml.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kTwoByTwo = R"(
default_policy_family: standard
uncached_isl_buckets:
  - {min_tokens: 0, bucket: warm}
  - {min_tokens: 3072, bucket: cold}
policy_classes:
  - {name: sw, policy_family: standard, cache_bucket: warm, quantum: 2048,
     queue_policy: wspt, prefill_busy_threshold_frac: 16, request_queue_limit_per_worker: 0}
  - {name: sc, policy_family: standard, cache_bucket: cold, quantum: 512,
     prefill_busy_threshold: 0, busy_worker_ratio: 0.95,
     raw_isl_token_queue_limit_per_worker: 1048576, cached_token_queue_limit_per_worker: 7}
  - {name: lw, policy_family: latency, cache_bucket: warm, quantum: 1}
  - {name: lc, policy_family: latency, cache_bucket: cold, quantum: 1}
  - {name: urgent, quantum: 4096}
)";

Json yaml(const std::string& text) {
  static constexpr std::array<std::string_view, 1> kNoWords = {"name"};
  return parse_yaml(text, "test.yaml", kNoWords);
}

Json good() { return yaml(kTwoByTwo); }

std::string error_of(const Json& given) {
  try {
    checked_policy_config(given);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

/// `change` applied to the good config is refused, in words that hold all of `words`.
template <class Change>
void refused(Change change, const std::vector<std::string>& words) {
  Json config = good();
  change(config);
  const std::string message = error_of(config);
  for (const auto& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "'" << word << "' in: " << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(PolicyConfig, MeansWhatItSays) {
  const auto profile = policy_profile(checked_policy_config(good()), "", "");
  ASSERT_NE(profile, nullptr);
  ASSERT_EQ(profile->classes.size(), 5U);
  const DynamoClass& warm = profile->classes[0];
  EXPECT_EQ(warm.order, DynamoClass::Order::kWspt);
  EXPECT_EQ(warm.quantum, 2048);
  EXPECT_EQ(warm.prefill_busy_threshold_frac, 16.0);
  EXPECT_EQ(warm.prefill_busy_threshold, std::nullopt);
  EXPECT_EQ(warm.busy_worker_ratio, std::nullopt);
  EXPECT_EQ(warm.request_limit, 0);
  const DynamoClass& cold = profile->classes[1];
  EXPECT_EQ(cold.order, DynamoClass::Order::kFcfs) << "the default";
  EXPECT_EQ(cold.prefill_busy_threshold, 0) << "0 is a threshold, not none";
  EXPECT_EQ(cold.busy_worker_ratio, 0.95);
  EXPECT_EQ(cold.input_token_limit, 1'048'576);
  EXPECT_EQ(cold.cached_token_limit, 7);
  EXPECT_EQ(cold.request_limit, std::nullopt);
  EXPECT_FALSE(profile->classes[2].queues());
  EXPECT_EQ(profile->class_of("", 3071), 0U);
  EXPECT_EQ(profile->class_of("nobody", 3072), 1U);
  EXPECT_EQ(profile->class_of("latency", 0), 2U);
  EXPECT_EQ(profile->class_of("latency", 1 << 30), 3U);
  EXPECT_EQ(profile->class_of("urgent", 1 << 30), 4U);
  EXPECT_EQ(profile->class_of("lc", 0), 0U) << "no way past the buckets";
}

TEST(PolicyConfig, AllRulesOfProfilesAreDynamos) {
  refused([](Json& c) { c["defualt"] = 1; }, {"'defualt'", "default_policy_family"});
  refused([](Json& c) { c.erase("uncached_isl_buckets"); }, {"lacks uncached_isl_buckets"});
  refused([](Json& c) { c.erase("policy_classes"); }, {"lacks policy_classes"});
  refused([](Json& c) { c.erase("default_policy_family"); }, {"lacks default_policy_family"});
  refused([](Json& c) { c["policy_classes"] = Json::array(); }, {"no policy class"});
  refused([](Json& c) { c["policy_classes"] = 3; }, {"policy_classes: 3", "a list"});
  refused([](Json& c) { c["default_policy_family"] = "standrad"; }, {"'standrad'", "standard"});
  refused([](Json& c) { c["default_policy_family"] = "a b"; }, {"\"a b\"", "letters"});
  refused([](Json& c) { c["default_policy_family"] = "urgent"; }, {"no class is of this family"});
  EXPECT_NE(error_of(yaml("{}")).find("says nothing"), std::string::npos);
  EXPECT_NE(error_of(yaml("[1]")).find("it is a mapping"), std::string::npos);
  EXPECT_NE(error_of(Json(nullptr)).find("it is a mapping"), std::string::npos);
}

TEST(PolicyConfig, AllRulesOfBucketsAreDynamos) {
  const auto buckets = [](const char* text) {
    return [text](Json& c) { c["uncached_isl_buckets"] = yaml(text); };
  };
  refused(buckets("[]"), {"no bucket"});
  refused(buckets("[{min_tokens: 1, bucket: warm}, {min_tokens: 9, bucket: cold}]"),
          {"from 1 tokens", "start at 0"});
  refused(buckets("[{min_tokens: 0, bucket: warm}, {min_tokens: 0, bucket: cold}]"),
          {"'cold' from 0 tokens after one from 0"});
  refused(buckets("[{min_tokens: 0, bucket: warm}, {min_tokens: 9, bucket: warm}]"),
          {"two buckets 'warm'"});
  refused(buckets("[{min_tokens: 0, bucket: w/m}]"), {"\"w/m\""});
  refused(buckets("[{min_tokens: 0.0, bucket: warm}]"), {"min_tokens: 0.0", "whole number"});
  refused(buckets("[{min_tokens: -1, bucket: warm}]"), {"min_tokens: -1"});
  refused(buckets("[{min_tokens: 0}]"), {"lacks bucket"});
  refused(buckets("[{min_tokens: 0, bucket: warm, max: 3}]"), {"'max'"});
  refused(buckets("[{min_tokens: 0, bucket: warm}]"), {"cache_bucket 'cold'", "warm"});
}

TEST(PolicyConfig, AllRulesOfClassesAreDynamos) {
  const auto set = [](std::size_t at, const char* key, Json value) {
    return [=](Json& c) { c["policy_classes"][at][key] = value; };
  };
  refused(set(2, "name", "sw"), {"two policy classes 'sw'"});
  refused(set(2, "name", nullptr), {"lacks name"});
  refused(set(2, "name", ""), {"policy class \"\""});
  refused(set(2, "quantum", 0), {"'lw'", "quantum 0"});
  refused(set(2, "quantum", nullptr), {"'lw'", "lacks quantum"});
  refused(set(2, "quantum", 1.5), {"quantum: 1.5"});
  refused(set(2, "quantum", (std::int64_t{1} << 53) + 1), {"2^53"});
  refused(set(2, "quantum", true), {"quantum: true"});
  refused(set(2, "queue_policy", "lcfs"), {"'lcfs'", "fcfs or wspt"});
  refused(set(2, "queue_policy", "FCFS"), {"'FCFS'"});
  refused(set(2, "queue_admission", yaml("{type: session_aware}")), {"'queue_admission'"});
  refused(set(2, "prefill_busy_threshold_frac", -0.1), {"a number from 0 on"});
  refused(set(2, "prefill_busy_threshold_frac", ".inf"), {"a finite number"});
  refused(set(2, "prefill_busy_threshold", -1), {"prefill_busy_threshold: -1"});
  refused(set(1, "busy_worker_ratio", 16.0), {"'sc'", "busy_worker_ratio: 16.0", "share"});
  refused(set(1, "busy_worker_ratio", 0), {"busy_worker_ratio: 0"});
  refused(set(2, "busy_worker_ratio", 0.9), {"busy_worker_ratio and no threshold"});
  refused(set(2, "request_queue_limit_per_worker", -1), {"request_queue_limit_per_worker: -1"});
  refused(set(2, "cache_bucket", nullptr), {"set both or neither"});
  refused(set(4, "policy_family", "standard"), {"set both or neither"});
  refused(set(2, "policy_family", "a/b"), {"\"a/b\""});
  refused(set(2, "cache_bucket", "cold"), {"two classes for family 'latency' and bucket 'cold'"});
  refused([](Json& c) { c["policy_classes"].erase(3); },
          {"no class for family 'latency' and bucket 'cold'"});
  refused(set(4, "name", "latency"), {"called 'latency'"});
}

TEST(PolicyConfig, FilesThatSayTheSameAreTheSameBytes) {
  const Json checked = checked_policy_config(good());
  EXPECT_EQ(checked_policy_config(checked).dump(), checked.dump()) << "its own fixed point";
  Json other = Json::object();  // another order, nulls, defaults written out
  for (const char* key : {"policy_classes", "default_policy_family", "uncached_isl_buckets"})
    other[key] = good()[key];
  other["models"] = nullptr;
  other["policy_classes"][2]["queue_policy"] = "fcfs";
  other["policy_classes"][2]["busy_worker_ratio"] = nullptr;
  other["policy_classes"][0]["prefill_busy_threshold_frac"] = 16.0;
  EXPECT_EQ(checked_policy_config(other).dump(), checked.dump());
}

Json with_models(const std::vector<std::string>& names) {
  Json config = good();
  for (const auto& name : names) {
    config["models"][name] = yaml(R"({default_policy_family: all,
        uncached_isl_buckets: [{min_tokens: 0, bucket: any}],
        policy_classes: [{name: all, policy_family: all, cache_bucket: any, quantum: 1}]})");
    config["models"][name]["policy_classes"][0]["name"] = "all-" + std::to_string(name.size());
  }
  return checked_policy_config(config);
}

TEST(PolicyConfig, AModelsProfileReplacesTheRootWhole) {
  const Json config = with_models({"meta-llama/Llama-3.1-8B-Instruct", "example/large"});
  const auto first = [&](const std::string& served, const std::string& model) {
    return policy_profile(config, served, model)->classes[0].name;
  };
  EXPECT_EQ(first("example/large", "llama-3.1-8b"), "all-13") << "the served name decides";
  EXPECT_EQ(first("large", "llama-3.1-8b"), "sw") << "exactly, else the root";
  EXPECT_EQ(first("", "llama-3.1-8b"), "all-32") << "what the catalogue knows by both names";
  EXPECT_EQ(first("", "example/large"), "all-13");
  EXPECT_EQ(first("", "qwen2.5-7b"), "sw");
  EXPECT_EQ(first("", ""), "sw");
  EXPECT_EQ(policy_profile(config, "example/large", "")->classes.size(), 1U);
  const Json twice = with_models({"llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct"});
  EXPECT_THROW(policy_profile(twice, "", "llama-3.1-8b"), UserError);
  EXPECT_EQ(policy_profile(twice, "llama-3.1-8b", "llama-3.1-8b")->classes[0].name, "all-12");
}

TEST(PolicyConfig, WithoutARootOtherModelsHaveNoProfile) {
  Json config = with_models({"example/large"});
  for (const char* key : {"default_policy_family", "uncached_isl_buckets", "policy_classes"})
    config.erase(key);
  config = checked_policy_config(config);
  EXPECT_NE(policy_profile(config, "example/large", ""), nullptr);
  EXPECT_EQ(policy_profile(config, "other", ""), nullptr);
  config["models"][""] = config["models"]["example/large"];
  EXPECT_NE(error_of(config).find("without a name"), std::string::npos);
  config["models"] = yaml("{m: {default_policy_family: all}}");
  EXPECT_NE(error_of(config).find("model 'm' lacks policy_classes"), std::string::npos);
}

TEST(PolicyConfig, ChoosersThatAreCodeAreRefused) {
  const auto message = [](const char* text) {
    return error_of(yaml("worker_selection: " + std::string(text)));
  };
  EXPECT_EQ(message("{aggregated: default}"), "no error");
  EXPECT_EQ(message("{instances: [{name: a, type: b}]}"), "no error") << "there, not selected";
  EXPECT_EQ(
      policy_profile(checked_policy_config(yaml("worker_selection: {decode: default}")), "", ""),
      nullptr);
  const std::pair<const char*, const char*> cases[] = {
      {"{prefill: a, instances: [{name: a, type: b}]}", "code linked into a Dynamo image"},
      {"{}", "is empty"},
      {"{aggregated: missing, instances: [{name: a, type: b}]}", "names no instance"},
      {"{default: a, instances: [{name: a, type: b}]}", "'default'"},
      {"{instances: [{name: default, type: b}]}", "built-in selector"},
      {"{instances: [{name: a, type: b, parameters: 1}]}", "a mapping"},
      {"{instances: [{name: a, type: b, parameters: ~}]}", "a mapping"},
      {"{instances: [{name: a, type: b}, {name: a, type: c}]}", "two instances"},
      {"{instances: [{name: a}]}", "lacks type"},
      {"{instances: [{name: a b, type: c}]}", "\"a b\""},
  };
  for (const auto& [text, words] : cases)
    EXPECT_NE(message(text).find(words), std::string::npos) << text << ": " << message(text);
}

}  // namespace
}  // namespace pigou
