#include "scenario/json.hpp"

#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "routing/policy_table.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 32;  // levels; a scenario has seven

/// The library prefixes its messages with its own name and number in brackets; users need the rest.
std::string plain_message(const std::exception& error) {
  std::string message = error.what();
  const auto bracket = message.find("] ");
  if (bracket != std::string::npos) message.erase(0, bracket + 2);
  // An unclosed comment is quoted to the end of the file.
  constexpr std::size_t kMost = 160;
  return message.size() > kMost ? message.substr(0, kMost) + "..." : message;
}

class DuplicateKeys {
 public:
  explicit DuplicateKeys(const std::string& file) : file_(file) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepest)
      throw UserError(file_ + " is not valid JSON for a scenario", "it is nested too deeply",
                      "correct it");
    if (event == Json::parse_event_t::object_start) open_.emplace_back();
    if (event == Json::parse_event_t::object_end) open_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto name = parsed.get<std::string>();
      if (!open_.back().insert(name).second)
        throw UserError(file_ + " gives the key '" + name + "' twice",
                        "only one of the two values could count", "keep one of them");
    }
    return true;
  }

 private:
  std::string file_;
  std::vector<std::set<std::string>> open_;
};

}  // namespace

Json parse_scenario(const std::string& text, const std::string& file) {
  try {
    DuplicateKeys duplicates(file);
    Json scenario = Json::parse(text, std::ref(duplicates), true, true);
    if (!scenario.is_object())
      throw UserError(file + " is not a scenario", "its outermost value is not an object",
                      "write { \"workload\": ..., \"cluster\": ... }");
    return scenario;
  } catch (const Json::exception& error) {
    throw UserError(file + " is not valid JSON", plain_message(error),
                    "correct it there; // and /* */ comments are allowed");
  }
}

}  // namespace pigou
