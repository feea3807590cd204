// What --set and --router change in a scenario's text.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace pigou {

/// Applies "path=value". Members of lists are reached by index or by their `name`; missing
/// sections are created; the value is JSON if it parses as JSON and a string otherwise. `option` is
/// what messages call it.
void apply_set(nlohmann::ordered_json& scenario, std::string_view assignment,
               const std::string& option = "--set");

/// Replaces the router by "NAME[:key=value,...]".
void apply_router(nlohmann::ordered_json& scenario, std::string_view text);

}  // namespace pigou
