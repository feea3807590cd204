// The section `worker_selection` of a policy config: choosers linked into a Dynamo image.
#include <array>
#include <set>

#include "core/error.hpp"
#include "scenario/policy_config.hpp"
#include "scenario/policy_fields.hpp"

namespace pigou {
namespace {

constexpr std::array<std::string_view, 4> kStages = {"aggregated", "prefill", "decode", "encode"};
constexpr std::array<std::string_view, 5> kSelectionFields = {"aggregated", "prefill", "decode",
                                                              "encode", "instances"};
constexpr std::array<std::string_view, 3> kInstanceFields = {"name", "type", "parameters"};

PolicyJson checked_instance(const PolicyJson& given, const std::string& where) {
  const PolicyFields fields(given, where + " instance", kInstanceFields);
  const std::string name = fields.text("name");
  const std::string type = fields.text("type");
  check_policy_name(fields, "instance", name);
  check_policy_name(fields, "policy type", type);
  if (name == "default")
    fields.reject("is called default", "that is Dynamo's built-in selector", "rename it");
  const PolicyJson* parameters = fields.find("parameters");
  if (given.contains("parameters") && (parameters == nullptr || !parameters->is_object()))
    fields.reject_type("parameters", "a mapping");
  return {{"name", name},
          {"type", type},
          {"parameters", parameters == nullptr ? PolicyJson::object() : *parameters}};
}

}  // namespace

PolicyJson checked_worker_selection(const PolicyJson& given) {
  const PolicyFields fields(given, std::string(kPolicyConfig) + ".worker_selection",
                            kSelectionFields);
  PolicyJson result = PolicyJson::object();
  PolicyJson instances = PolicyJson::array();
  std::set<std::string> names;
  if (const PolicyJson* list = fields.list("instances")) {
    for (const PolicyJson& member : *list) {
      instances.push_back(checked_instance(member, fields.where()));
      const auto name = instances.back().at("name").get<std::string>();
      if (!names.insert(name).second)
        fields.reject("has two instances '" + name + "'", "stages choose them by name",
                      "rename one");
    }
  }
  for (const std::string_view stage : kStages) {
    const auto selected = fields.maybe_text(stage);
    if (!selected) continue;
    result[std::string(stage)] = *selected;
    if (*selected == "default") continue;
    if (!names.contains(*selected))
      fields.reject(std::string(stage) + " '" + *selected + "' names no instance",
                    "it is none of those it configures", "name one of instances, or default");
    fields.reject(std::string(stage) + " selects '" + *selected + "'",
                  "its rule is code linked into a Dynamo image, the file has only its parameters",
                  "select default, or build the rule in as docs/adding-a-policy.md shows");
  }
  if (result.empty() && instances.empty())
    fields.reject("is empty", "it selects nobody", "select default, or leave it out");
  if (!instances.empty()) result["instances"] = std::move(instances);
  return result;
}

}  // namespace pigou
