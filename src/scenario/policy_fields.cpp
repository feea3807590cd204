#include "scenario/policy_fields.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.hpp"

namespace pigou {
namespace {

constexpr std::int64_t kMostCount = std::int64_t{1} << 53;  // exact in every JSON reader

std::string shown(const PolicyJson& value) {
  std::string text = value.dump(-1, ' ', true, PolicyJson::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

}  // namespace

PolicyFields::PolicyFields(const PolicyJson& object, std::string where,
                           std::span<const std::string_view> known)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object())
    reject("cannot be " + shown(object), "it is a mapping", "write its fields by name");
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    reject("has the field '" + key + "'", "Dynamo knows no such field there",
           suggest_name(key, {known.begin(), known.end()}));
  }
}

const PolicyJson* PolicyFields::find(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const PolicyJson* PolicyFields::list(std::string_view key) const {
  const PolicyJson* value = find(key);
  if (value != nullptr && !value->is_array()) reject_type(key, "a list");
  return value;
}

std::string PolicyFields::text(std::string_view key) const {
  auto value = maybe_text(key);
  if (!value) missing(key);
  return *value;
}

std::optional<std::string> PolicyFields::maybe_text(std::string_view key) const {
  const PolicyJson* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) reject_type(key, "a text");
  return value->get<std::string>();
}

std::int64_t PolicyFields::count(std::string_view key) const {
  const auto value = maybe_count(key);
  if (!value) missing(key);
  return *value;
}

std::optional<std::int64_t> PolicyFields::maybe_count(std::string_view key) const {
  const PolicyJson* value = find(key);
  if (value == nullptr) return std::nullopt;
  const bool whole = value->is_number_integer() &&
                     (value->is_number_unsigned() || value->get<std::int64_t>() >= 0) &&
                     value->get<std::uint64_t>() <= static_cast<std::uint64_t>(kMostCount);
  if (!whole) reject_type(key, "a whole number from 0 to 2^53");
  return value->get<std::int64_t>();
}

std::optional<double> PolicyFields::maybe_real(std::string_view key) const {
  const PolicyJson* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() || !std::isfinite(value->get<double>()))
    reject_type(key, "a finite number");
  return value->get<double>();
}

void PolicyFields::missing(std::string_view key) const {
  reject("lacks " + std::string(key), "Dynamo does not start without it", "add it");
}

void PolicyFields::reject(const std::string& problem, const std::string& why,
                          const std::string& suggestion) const {
  throw UserError(where_ + " " + problem, why, suggestion);
}

void PolicyFields::reject_type(std::string_view key, const std::string& wanted) const {
  const PolicyJson* value = find(key);
  reject("has " + std::string(key) + ": " + shown(value == nullptr ? PolicyJson() : *value),
         "it is " + wanted, "correct it");
}

void check_policy_name(const PolicyFields& fields, std::string_view kind, const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  if (!name.empty() && std::ranges::all_of(name, plain)) return;
  fields.reject("names the " + std::string(kind) + " " + shown(PolicyJson(name)),
                "names are parts of Dynamo's metrics", "use letters, digits, '_', '.' and '-'");
}

}  // namespace pigou
