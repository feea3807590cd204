// Scenario text to checked JSON: comments, overrides, strictness, defaults. No meaning yet.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace pigou {

/// Parses JSON with // and /* */ comments. Throws UserError naming file, line and column; a key
/// given twice is an error, because the reader of the file cannot know which one counts.
nlohmann::ordered_json parse_scenario(const std::string& text, const std::string& file);

/// Applies "path=value". Members of lists are reached by index or by their `name`; missing
/// sections are created; the value is JSON if it parses as JSON and a string otherwise. `option` is
/// what messages call it.
void apply_set(nlohmann::ordered_json& scenario, std::string_view assignment,
               const std::string& option = "--set");

/// Replaces the router by "NAME[:key=value,...]".
void apply_router(nlohmann::ordered_json& scenario, std::string_view text);

/// Checks every key and value against the table (router parameters: against the policy's record).
void check_scenario(const nlohmann::ordered_json& scenario);

/// The scenario with every default filled in, keys in table order, numbers in canonical form. The
/// top-level engine defaults are pushed down into each pool.
nlohmann::ordered_json fill_defaults(const nlohmann::ordered_json& scenario);

}  // namespace pigou
