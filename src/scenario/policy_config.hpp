// Dynamo's `--router-policy-config`: the file, its rules, and the profile it has for a model.
// Source of schema and rules: ai-dynamo/dynamo lib/kv-router/src/scheduling/
// {policy_config.rs@0111b619348a, worker_selection_config.rs@22e42a7ea8af}. docs/policy-classes.md.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace pigou {

/// What messages call it.
inline constexpr const char* kPolicyConfig = "router.policy_config";

/// The file `name`, YAML or by its ending .json, beside the scenario in `folder` or in the current
/// directory. Not checked beyond its grammar. Throws UserError.
nlohmann::ordered_json read_policy_config(const std::string& name,
                                          const std::filesystem::path& folder);

/// `given` if it keeps every rule of Dynamo's, else UserError; also where it selects workers by a
/// policy that is code. Files that say the same come out as the same bytes: keys in one order,
/// `queue_policy` written out, what is null left out, models by name.
nlohmann::ordered_json checked_policy_config(const nlohmann::ordered_json& given);

/// The `worker_selection` section, as above.
nlohmann::ordered_json checked_worker_selection(const nlohmann::ordered_json& given);

}  // namespace pigou
