// Scenario text to checked JSON: comments, overrides, strictness, defaults. No meaning yet.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace pigou {

/// Parses JSON with // and /* */ comments. Throws UserError naming file, line and column; a key
/// given twice is an error, because the reader of the file cannot know which one counts.
nlohmann::ordered_json parse_scenario(const std::string& text, const std::string& file);

/// Checks every key and value against the table (router parameters: against the policy's record).
void check_scenario(const nlohmann::ordered_json& scenario);

/// The scenario with every default filled in, keys in table order, numbers in canonical form. The
/// top-level engine defaults are pushed down into each pool.
nlohmann::ordered_json fill_defaults(const nlohmann::ordered_json& scenario);

}  // namespace pigou
