#include "scenario/keys.hpp"

#include <charconv>
#include <cmath>

#include "scenario/key_rows.hpp"

namespace pigou {
namespace {

std::string number(double value) {
  char buffer[32];
  // Whole numbers in digits: 100000 says more than 1e+05.
  const bool whole = std::abs(value) < 1e16 && value == std::floor(value);
  const auto [end, code] =
      whole ? std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed)
            : std::to_chars(buffer, buffer + sizeof buffer, value);
  return code == std::errc{} ? std::string(buffer, end) : "?";
}

std::string inside(std::string_view section) {
  return section.empty() ? std::string{} : std::string(section) + ".";
}

bool any_key_starts(std::string_view prefix) {
  for (const auto& key : scenario_keys())
    if (key.path.starts_with(prefix)) return true;
  return false;
}

}  // namespace

std::span<const ScenarioKey> scenario_keys() { return kScenarioKeys; }

const ScenarioKey* find_scenario_key(std::string_view path) {
  for (const auto& key : scenario_keys())
    if (key.path == path) return &key;
  return nullptr;
}

std::vector<std::string> scenario_section(std::string_view section) {
  const std::string prefix = inside(section);
  std::vector<std::string> names;
  for (const auto& key : scenario_keys()) {
    if (!key.path.starts_with(prefix)) continue;
    const std::string_view rest = key.path.substr(prefix.size());
    const std::string name{rest.substr(0, rest.find_first_of(".["))};
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

bool is_scenario_section(std::string_view section) {
  return any_key_starts(std::string(section) + ".");
}

bool is_scenario_list(std::string_view section) {
  return any_key_starts(std::string(section) + "[].");
}

std::string_view type_name(KeyType type) {
  switch (type) {
    case KeyType::kInteger:
      return "integer";
    case KeyType::kReal:
      return "real";
    case KeyType::kFlag:
      return "flag";
    case KeyType::kText:
      return "text";
    case KeyType::kChoice:
      return "choice";
    case KeyType::kPair:
      return "pair";
    case KeyType::kLength:
      return "length";
  }
  return "?";
}

std::string range_text(const ScenarioKey& key) {
  if (key.type == KeyType::kFlag) return "true or false";
  if (key.type == KeyType::kText) return "a non-empty text";
  if (key.type == KeyType::kChoice) {
    std::string list = "one of ";
    for (const char c : key.choices) list += c == '|' ? std::string(", ") : std::string(1, c);
    return list;
  }
  std::string range = key.type == KeyType::kPair ? "two numbers, each " : "";
  if (key.least > 0) range += "0, or ";
  range.append(number(key.least > 0 ? key.least : key.min)).append(" to ").append(number(key.max));
  if (key.type == KeyType::kLength)
    range.append(", or \"lognormal:MEAN:SIGMA[:MIN:MAX]\" or \"histogram:FILE\",");
  if (key.unit != "1") range.append(" ").append(key.unit);
  return range;
}

}  // namespace pigou
