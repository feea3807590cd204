#include "scenario/policy_profile.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "model/shapes.hpp"
#include "scenario/policy_config.hpp"
#include "scenario/policy_fields.hpp"

namespace pigou {
namespace {

std::optional<std::int64_t> maybe_count(const PolicyJson& c, const char* key) {
  return c.contains(key) ? std::optional(c[key].get<std::int64_t>()) : std::nullopt;
}
std::optional<double> maybe_real(const PolicyJson& c, const char* key) {
  return c.contains(key) ? std::optional(c[key].get<double>()) : std::nullopt;
}

DynamoClass class_of(const PolicyJson& c) {
  DynamoClass result;
  result.name = c["name"].get<std::string>();
  if (c["queue_policy"] == "wspt") result.order = DynamoClass::Order::kWspt;
  result.quantum = c["quantum"].get<std::int64_t>();
  result.prefill_busy_threshold = maybe_count(c, "prefill_busy_threshold");
  result.prefill_busy_threshold_frac = maybe_real(c, "prefill_busy_threshold_frac");
  result.busy_worker_ratio = maybe_real(c, "busy_worker_ratio");
  result.request_limit = maybe_count(c, "request_queue_limit_per_worker");
  result.input_token_limit = maybe_count(c, "raw_isl_token_queue_limit_per_worker");
  result.cached_token_limit = maybe_count(c, "cached_token_queue_limit_per_worker");
  return result;
}

DynamoProfile profile_of(const PolicyJson& checked) {
  DynamoProfile profile;
  std::vector<std::string> buckets;
  for (const PolicyJson& bucket : checked["uncached_isl_buckets"]) {
    profile.bucket_from.push_back(bucket["min_tokens"].get<std::int64_t>());
    buckets.push_back(bucket["bucket"].get<std::string>());
  }
  const auto index = [](std::vector<std::string>& names, const PolicyJson& name) {
    auto found = std::ranges::find(names, name.get<std::string>());
    if (found == names.end()) found = names.insert(found, name.get<std::string>());
    return static_cast<std::uint32_t>(found - names.begin());
  };
  for (const PolicyJson& c : checked["policy_classes"]) {
    profile.classes.push_back(class_of(c));
    DynamoProfile::Binding& binding = profile.bindings.emplace_back();
    if (!c.contains("policy_family")) continue;
    binding.family = index(profile.families, c["policy_family"]);
    binding.bucket = index(buckets, c["cache_bucket"]);
  }
  profile.default_family = index(profile.families, checked["default_policy_family"]);
  return profile;
}

/// Whether the catalogue knows both names as one model's.
bool same_model(const std::string& a, const std::string& b) {
  if (a == b) return true;
  try {
    return find_llm(a).name == find_llm(b).name;
  } catch (const UserError&) {
    return false;  // Dynamo may serve what the catalogue has not
  }
}

/// The name among the file's models that is the cluster's; empty: none is.
std::string chosen_model(const PolicyJson& models, const std::string& served_name,
                         const std::string& model) {
  if (!served_name.empty()) return models.contains(served_name) ? served_name : std::string();
  std::string chosen;
  for (const auto& [name, profile] : models.items()) {
    if (model.empty() || !same_model(name, model)) continue;
    if (!chosen.empty())
      throw UserError(std::string(kPolicyConfig) + " has models " + in_quotes(chosen) + " and " +
                          in_quotes(name),
                      "either may be what the cluster's pools serve",
                      "set router.served_model_name to the one that is served");
    chosen = name;
  }
  return chosen;
}

}  // namespace

std::shared_ptr<const DynamoProfile> policy_profile(const PolicyJson& checked,
                                                    const std::string& served_name,
                                                    const std::string& model) {
  const PolicyJson models = checked.value("models", PolicyJson::object());
  const std::string chosen = chosen_model(models, served_name, model);
  if (!chosen.empty()) return std::make_shared<const DynamoProfile>(profile_of(models[chosen]));
  if (!checked.contains("policy_classes")) return nullptr;
  return std::make_shared<const DynamoProfile>(profile_of(checked));
}

}  // namespace pigou
