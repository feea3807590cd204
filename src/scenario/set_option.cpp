#include "scenario/set_option.hpp"

#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 32;  // levels; a scenario has seven

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Json parse_loose_value(const std::string& text) {
  bool deep = false;
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kDeepest;
    return depth <= kDeepest;
  };
  Json value = Json::parse(text, shallow, false);
  if (deep) return text;
  return value.is_discarded() ? Json(text) : value;
}

/// The member of a list that `segment` names, by index or by its "name".
Json& list_member(Json& list, const std::string& segment, const std::string& what) {
  std::size_t index = 0;
  const auto [end, code] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
  const bool numeric = code == std::errc{} && end == segment.data() + segment.size();
  if (numeric && index < list.size()) return list[index];
  std::vector<std::string> names;
  for (auto& member : list) {
    if (!member.is_object()) continue;
    // An unnamed pool goes by its role, as it will in results.
    for (const char* key : {"name", "role"}) {
      if (!member.contains(key) || !member[key].is_string()) continue;
      if (member[key].get<std::string>() == segment) return member;
      names.push_back(member[key].get<std::string>());
      break;
    }
  }
  throw UserError(what + " cannot be applied", "the list has no member '" + segment + "'",
                  names.empty() ? "use an index from 0 to " + std::to_string(list.size()) + " - 1"
                                : suggest_name(segment, names));
}

}  // namespace

void apply_set(Json& scenario, std::string_view assignment, const std::string& option) {
  const std::string what = option + " " + std::string(assignment);
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw UserError(what + " cannot be applied", "it has no path before an '='",
                    "write --set path=value");
  Json* place = &scenario;
  const auto segments = split(assignment.substr(0, equals), '.');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].empty())
      throw UserError(what + " cannot be applied", "its path has an empty part",
                      "write names joined by single dots");
    if (place->is_array()) {
      place = &list_member(*place, segments[i], what);
      continue;
    }
    if (place->is_null()) *place = Json::object();
    if (!place->is_object())
      throw UserError(what + " cannot be applied",
                      "'" + segments[i - 1] + "' holds a value, not a section", "shorten the path");
    place = &(*place)[segments[i]];
  }
  *place = parse_loose_value(std::string(assignment.substr(equals + 1)));
}

void apply_router(Json& scenario, std::string_view text) {
  const auto colon = text.find(':');
  Json router = Json::object();
  router["name"] = std::string(text.substr(0, colon));
  if (colon != std::string_view::npos) {
    for (const auto& pair : split(text.substr(colon + 1), ',')) {
      const auto equals = pair.find('=');
      if (equals == std::string::npos || equals == 0)
        throw UserError("--router " + std::string(text) + " cannot be read",
                        "'" + pair + "' is not key=value", "write NAME:key=value,key=value");
      const std::string key = pair.substr(0, equals);
      if (router.contains(key))
        throw UserError("--router " + std::string(text) + " cannot be read",
                        "it gives " + key + " twice", "keep one of them");
      router[key] = parse_loose_value(pair.substr(equals + 1));
    }
  }
  scenario["router"] = std::move(router);
}

}  // namespace pigou
