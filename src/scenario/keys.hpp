// Every key a scenario may hold, declared once: validation, defaults, help and docs derive from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pigou {

enum class KeyType : std::uint8_t { kInteger, kReal, kFlag, kText, kChoice, kPair, kLength };

/// One key. `path` joins sections with dots; "[]" stands for any member of a list.
struct ScenarioKey {
  std::string_view path;
  KeyType type;
  std::string_view unit;      ///< "1" for pure numbers, words and flags
  std::string_view fallback;  ///< default as JSON text; empty: unset, `sentence` says what follows
  double min;
  double max;
  std::string_view sentence;
  std::string_view choices = {};    ///< kChoice: names joined by '|'
  std::string_view not_built = {};  ///< non-empty: only the default is accepted yet, and why
  double least = 0;  ///< the smallest value but 0, for times that things are repeated after
};

std::span<const ScenarioKey> scenario_keys();

/// The key with this path ("cluster.pools[].count"), or nullptr.
const ScenarioKey* find_scenario_key(std::string_view path);

/// Names of the keys and sections directly inside `section` ("" for the root), in table order.
std::vector<std::string> scenario_section(std::string_view section);

/// Whether some key lies inside `section`, or inside the members of the list `section`.
bool is_scenario_section(std::string_view section);
bool is_scenario_list(std::string_view section);

std::string_view type_name(KeyType type);

/// "1 to 64", "true or false", "one of a, b".
std::string range_text(const ScenarioKey& key);

}  // namespace pigou
