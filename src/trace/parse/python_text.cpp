#include "trace/parse/python_text.hpp"

#include <charconv>

namespace pigou {
namespace {

/// The position behind the string that begins at `at`, or npos.
std::size_t after_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == quote)
      return at + 1;
  }
  return std::string_view::npos;
}

/// The position of the comma or closing bracket that ends the value at `at`, the end of the text,
/// or npos when something stays open.
std::size_t after_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '\'' || c == '"') {
      at = after_string(text, at);
      if (at == std::string_view::npos) return at;
      continue;
    }
    if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth == 0) return at;
      --depth;
    } else if (c == ',' && depth == 0) {
      return at;
    }
    ++at;
  }
  return depth == 0 ? at : std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool split_entry(std::string_view entry, std::string_view& key, std::string_view& value) {
  if (entry.starts_with('\'') || entry.starts_with('"')) {
    const std::size_t end = after_string(entry, 0);
    if (end == std::string_view::npos || end >= entry.size() || entry[end] != ':') return false;
    key = entry.substr(1, end - 2);
    value = trimmed(entry.substr(end + 1));
    return true;
  }
  const std::size_t end =
      entry.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789 ");
  if (end == std::string_view::npos || end == 0) return false;
  if (entry[end] != '=' && entry[end] != ':') return false;
  key = entry.substr(0, end);
  value = trimmed(entry.substr(end + 1));
  return true;
}

/// Walks the entries from `at` on to the bracket that closes them or to the end of the text; npos
/// when something is left open.
std::size_t walk_entries(std::string_view text, std::size_t at, const PythonEntry& entry) {
  while (true) {
    const std::size_t end = after_value(text, at);
    if (end == std::string_view::npos) return end;
    std::string_view key, value;
    if (split_entry(trimmed(text.substr(at, end - at)), key, value)) entry(key, value);
    if (end == text.size() || text[end] != ',') return end;
    at = end + 1;
  }
}

}  // namespace

bool for_each_python_entry(std::string_view text, const PythonEntry& entry) {
  return walk_entries(text, 0, entry) == text.size();
}

bool for_each_python_item(std::string_view group, const PythonEntry& entry) {
  const std::size_t open = group.find_first_of("([{");
  if (open == std::string_view::npos) return false;
  return walk_entries(group, open + 1, entry) < group.size();  // it ends at a bracket
}

std::optional<std::string_view> python_item(std::string_view group, std::string_view key) {
  std::optional<std::string_view> found;
  for_each_python_item(group, [&](std::string_view name, std::string_view value) {
    if (name == key && value != "None") found = value;
  });
  return found;
}

std::optional<std::string_view> python_string(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value[0] == '\'' || value[0] == '"') &&
                      after_string(value, 0) == value.size() &&
                      value.find('\\') == std::string_view::npos;
  if (!quoted) return std::nullopt;
  return value.substr(1, value.size() - 2);
}

std::optional<std::uint64_t> python_whole(std::string_view value) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (code != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return number;
}

std::optional<double> python_real(std::string_view value) {
  double number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (code != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  return number;
}

bool for_each_python_whole(std::string_view list, const std::function<void(std::uint64_t)>& entry) {
  const bool closed = list.size() >= 2 && ((list.front() == '[' && list.back() == ']') ||
                                           (list.front() == '(' && list.back() == ')'));
  if (!closed) return false;
  list = list.substr(1, list.size() - 2);
  if (list.ends_with(',')) list.remove_suffix(1);  // a tuple of one
  if (trimmed(list).empty()) return true;
  while (true) {
    const std::size_t comma = list.find(',');
    const auto number = python_whole(trimmed(list.substr(0, comma)));
    if (!number) return false;
    entry(*number);
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace pigou
