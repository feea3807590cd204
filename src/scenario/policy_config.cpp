#include "scenario/policy_config.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "io/yaml.hpp"
#include "scenario/json.hpp"
#include "scenario/policy_fields.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kProfileFields = {
    "default_policy_family", "uncached_isl_buckets", "policy_classes"};
constexpr std::array<std::string_view, 5> kRootFields = {"default_policy_family",
                                                         "uncached_isl_buckets", "policy_classes",
                                                         "models", "worker_selection"};
constexpr std::array<std::string_view, 2> kBucketFields = {"min_tokens", "bucket"};
constexpr std::array<std::string_view, 4> kClassWords = {"name", "policy_family", "cache_bucket",
                                                         "queue_policy"};
constexpr std::array<std::string_view, 4> kClassCounts = {
    "prefill_busy_threshold", "request_queue_limit_per_worker",
    "raw_isl_token_queue_limit_per_worker", "cached_token_queue_limit_per_worker"};
constexpr std::array<std::string_view, 11> kClassFields = {"name",
                                                           "policy_family",
                                                           "cache_bucket",
                                                           "queue_policy",
                                                           "quantum",
                                                           "prefill_busy_threshold",
                                                           "prefill_busy_threshold_frac",
                                                           "busy_worker_ratio",
                                                           "request_queue_limit_per_worker",
                                                           "raw_isl_token_queue_limit_per_worker",
                                                           "cached_token_queue_limit_per_worker"};
/// Fields that are texts whatever YAML would make of them, as for serde.
constexpr std::array<std::string_view, 11> kWords = {"default_policy_family",
                                                     "name",
                                                     "policy_family",
                                                     "cache_bucket",
                                                     "queue_policy",
                                                     "bucket",
                                                     "type",
                                                     "aggregated",
                                                     "prefill",
                                                     "decode",
                                                     "encode"};

PolicyJson checked_buckets(const PolicyFields& profile) {
  const PolicyJson* given = profile.list("uncached_isl_buckets");
  if (given == nullptr) profile.missing("uncached_isl_buckets");
  PolicyJson buckets = PolicyJson::array();
  std::set<std::string> names;
  std::int64_t last = -1;
  for (const PolicyJson& member : *given) {
    const PolicyFields fields(member, profile.where() + " bucket", kBucketFields);
    const std::int64_t from = fields.count("min_tokens");
    const std::string name = fields.text("bucket");
    check_policy_name(fields, "cache bucket", name);
    if (buckets.empty() && from != 0)
      profile.reject("has a first bucket from " + std::to_string(from) + " tokens",
                     "requests with fewer would have no class", "let min_tokens start at 0");
    if (from <= last)
      profile.reject("has bucket " + in_quotes(name) + " from " + std::to_string(from) +
                         " tokens after one from " + std::to_string(last),
                     "each begins where the one before ends", "let min_tokens increase");
    if (!names.insert(name).second)
      profile.reject("has two buckets " + in_quotes(name), "classes name their bucket",
                     "rename one");
    last = from;
    buckets.push_back({{"min_tokens", from}, {"bucket", name}});
  }
  if (buckets.empty())
    profile.reject("has no bucket", "every class of a family has one",
                   "write one from min_tokens 0");
  return buckets;
}

void check_thresholds(const PolicyFields& fields) {
  const auto frac = fields.maybe_real("prefill_busy_threshold_frac");
  if (frac && *frac < 0) fields.reject_type("prefill_busy_threshold_frac", "a number from 0 on");
  const auto ratio = fields.maybe_real("busy_worker_ratio");
  if (!ratio) return;
  if (*ratio <= 0 || *ratio > 1)
    fields.reject_type("busy_worker_ratio", "a share of the workers above 0 and up to 1");
  if (!frac && !fields.has("prefill_busy_threshold"))
    fields.reject("has a busy_worker_ratio and no threshold", "no worker would ever be busy",
                  "set prefill_busy_threshold or prefill_busy_threshold_frac");
}

void check_binding(const PolicyFields& fields, const std::set<std::string>& buckets) {
  const auto family = fields.maybe_text("policy_family");
  const auto bucket = fields.maybe_text("cache_bucket");
  if (family.has_value() != bucket.has_value())
    fields.reject("has one of policy_family and cache_bucket",
                  "a class is of a family and a bucket, or chosen by its own name",
                  "set both or neither");
  if (!family) return;
  check_policy_name(fields, "policy family", *family);
  check_policy_name(fields, "cache bucket", *bucket);
  if (!buckets.contains(*bucket))
    fields.reject("has cache_bucket " + in_quotes(*bucket), "no bucket is called so",
                  suggest_name(*bucket, {buckets.begin(), buckets.end()}));
}

PolicyJson checked_class(const PolicyJson& given, const std::string& where,
                         const std::set<std::string>& buckets) {
  std::string name = where + " policy class";
  if (given.is_object() && given.contains("name") && given["name"].is_string())
    name += " " + in_quotes(given["name"].get<std::string>());
  const PolicyFields fields(given, name, kClassFields);
  check_policy_name(fields, "policy class", fields.text("name"));
  const std::int64_t quantum = fields.count("quantum");
  if (quantum == 0)
    fields.reject("has quantum 0", "it would never have its turn", "give it 1 or more");
  const std::string order = fields.maybe_text("queue_policy").value_or("fcfs");
  if (order != "fcfs" && order != "wspt")
    fields.reject("has queue_policy " + in_quotes(order), "Dynamo's classes are fcfs or wspt",
                  "use one of those");
  check_thresholds(fields);
  check_binding(fields, buckets);
  PolicyJson result = PolicyJson::object();
  for (const std::string_view key : kClassWords)
    if (const auto value = fields.maybe_text(key)) result[std::string(key)] = *value;
  result["queue_policy"] = order;
  result["quantum"] = quantum;
  for (const std::string_view key : {"prefill_busy_threshold_frac", "busy_worker_ratio"})
    if (const auto value = fields.maybe_real(key)) result[std::string(key)] = *value;
  for (const std::string_view key : kClassCounts)
    if (const auto value = fields.maybe_count(key)) result[std::string(key)] = *value;
  return result;
}

/// Names are unique, families whole, explicit classes no families, and the default one of them.
void check_matrix(const PolicyFields& profile, const PolicyJson& classes,
                  const std::set<std::string>& buckets) {
  std::set<std::string> names;
  std::map<std::string, std::set<std::string>> families;
  for (const PolicyJson& c : classes) {
    const auto name = c["name"].get<std::string>();
    if (!names.insert(name).second)
      profile.reject("has two policy classes " + in_quotes(name), "queues are told apart by name",
                     "rename one");
    if (!c.contains("policy_family")) continue;
    const auto family = c["policy_family"].get<std::string>();
    const auto bucket = c["cache_bucket"].get<std::string>();
    if (!families[family].insert(bucket).second)
      profile.reject(
          "has two classes for family " + in_quotes(family) + " and bucket " + in_quotes(bucket),
          "a request belongs to one", "remove one");
  }
  for (const PolicyJson& c : classes)
    if (!c.contains("policy_family") && families.contains(c["name"].get<std::string>()))
      profile.reject(
          "has a family and a class of no family called " + in_quotes(c["name"].get<std::string>()),
          "requests ask for either by name", "rename one");
  for (const auto& [family, has] : families)
    for (const std::string& bucket : buckets)
      if (!has.contains(bucket))
        profile.reject(
            "has no class for family " + in_quotes(family) + " and bucket " + in_quotes(bucket),
            "every family has one for every bucket", "add it");
  const std::string fallback = profile.text("default_policy_family");
  if (families.contains(fallback)) return;
  std::vector<std::string> known;
  known.reserve(families.size());
  for (const auto& [family, has] : families) known.push_back(family);
  profile.reject("has default_policy_family " + in_quotes(fallback), "no class is of this family",
                 known.empty() ? "give a class this policy_family" : suggest_name(fallback, known));
}

PolicyJson checked_profile(const PolicyFields& profile) {
  const std::string fallback = profile.text("default_policy_family");
  check_policy_name(profile, "policy family", fallback);
  const PolicyJson* given = profile.list("policy_classes");
  if (given == nullptr) profile.missing("policy_classes");
  if (given->empty())
    profile.reject("has no policy class", "requests need one", "list them in policy_classes");
  PolicyJson buckets = checked_buckets(profile);
  std::set<std::string> names;
  for (const PolicyJson& bucket : buckets) names.insert(bucket["bucket"].get<std::string>());
  PolicyJson classes = PolicyJson::array();
  for (const PolicyJson& c : *given) classes.push_back(checked_class(c, profile.where(), names));
  check_matrix(profile, classes, names);
  return {{"default_policy_family", fallback},
          {"uncached_isl_buckets", std::move(buckets)},
          {"policy_classes", std::move(classes)}};
}

PolicyJson checked_models(const PolicyFields& root) {
  PolicyJson models = PolicyJson::object();
  const PolicyJson* given = root.find("models");
  if (given == nullptr) return models;
  if (!given->is_object()) root.reject_type("models", "a mapping of model names to profiles");
  std::map<std::string, PolicyJson> sorted;
  for (const auto& [name, profile] : given->items()) {
    if (name.empty())
      root.reject("has a model without a name", "profiles are chosen by it", "name it");
    sorted[name] =
        checked_profile({profile, root.where() + " model " + in_quotes(name), kProfileFields});
  }
  for (auto& [name, profile] : sorted) models[name] = std::move(profile);
  return models;
}

}  // namespace

PolicyJson read_policy_config(const std::string& name, const fs::path& folder) {
  std::error_code code;
  const fs::path beside = folder / name;
  const fs::path path = fs::exists(beside, code) ? beside : fs::path(name);
  const std::string what = std::string(kPolicyConfig) + " file " + path.string();
  if (!fs::is_regular_file(path, code))
    throw UserError(what + (fs::exists(path, code) ? " is no file" : " is not there"),
                    "looked for " + beside.string() +
                        (fs::path(name).is_absolute() ? std::string() : " and " + name),
                    "correct the name, or write the object itself");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw UserError(what + " cannot be read", "it does not open", "check its permissions");
  if (path.extension() == ".json") return parse_scenario(text.str(), path.string());
  return parse_yaml(text.str(), path.string(), kWords);
}

PolicyJson checked_policy_config(const PolicyJson& given) {
  const PolicyFields root(given, kPolicyConfig, kRootFields);
  PolicyJson result = PolicyJson::object();
  const auto has = [&](std::string_view key) { return root.has(key); };
  if (std::ranges::any_of(kProfileFields, has)) result = checked_profile(root);
  PolicyJson models = checked_models(root);
  if (!models.empty()) result["models"] = std::move(models);
  if (const PolicyJson* selection = root.find("worker_selection"))
    result["worker_selection"] = checked_worker_selection(*selection);
  if (result.empty())
    root.reject("says nothing", "it has no profile, no model's profile and no worker_selection",
                "write default_policy_family, uncached_isl_buckets and policy_classes");
  return result;
}

}  // namespace pigou
