// YAML for configuration files of other programs, as JSON. Not for traces.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace pigou {

/// The one document in `text`. Plain scalars are null, true, false, whole numbers and decimals as
/// in YAML 1.2's core schema and texts otherwise; those of the keys in `words` are texts whatever
/// they look like, but for null. Aliases are followed; merge keys are keys like others, as for
/// serde_yaml. Throws UserError naming `file`, line and column: for what is no YAML, more than one
/// document, a key given twice, keys that are no scalars, tags other than !!str, and what is nested
/// or repeated by aliases without measure.
nlohmann::ordered_json parse_yaml(const std::string& text, const std::string& file,
                                  std::span<const std::string_view> words);

}  // namespace pigou
