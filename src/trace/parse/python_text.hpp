// Values as Python prints them, inside lines of server logs: 'text', [1, 2], {'key': value},
// Name(key=value). Enough to find values and to step over all others, quoted prompts included.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace pigou {

using PythonEntry = std::function<void(std::string_view key, std::string_view value)>;

/// Calls `entry` with the key and value of each "key=value", "'key': value" or "key: value" in a
/// text of entries between commas; other entries are passed over. False when a quote or a bracket
/// is left open.
bool for_each_python_entry(std::string_view text, const PythonEntry& entry);

/// The same for what stands between the brackets of a dict, {...}, or a call, Name(...).
bool for_each_python_item(std::string_view group, const PythonEntry& entry);

/// The value of `key` in a dict or a call; none when it is not there or is None.
std::optional<std::string_view> python_item(std::string_view group, std::string_view key);

/// What stands between the quotes of a string without escapes; none for other values.
std::optional<std::string_view> python_string(std::string_view value);
std::optional<std::uint64_t> python_whole(std::string_view value);
std::optional<double> python_real(std::string_view value);

/// Calls `entry` with each number of "[1, 2, 3]" or "(1, 2, 3)". False for anything else, also for
/// a list that the log shows only in part.
bool for_each_python_whole(std::string_view list, const std::function<void(std::uint64_t)>& entry);

}  // namespace pigou
