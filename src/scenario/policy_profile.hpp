// The profile that Dynamo's `--router-policy-config` has for a model.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "routing/dynamo/profile.hpp"

namespace pigou {

/// The profile of `checked` for the model served as `served_name`; that of the root where no model
/// has this name; null where there is neither. With an empty `served_name`, names that mean the
/// catalogue's `model` do; UserError where several do.
std::shared_ptr<const DynamoProfile> policy_profile(const nlohmann::ordered_json& checked,
                                                    const std::string& served_name,
                                                    const std::string& model);

}  // namespace pigou
