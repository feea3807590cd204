// Reading the fields of a foreign configuration strictly: shared by the parts of policy_config.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace pigou {

using PolicyJson = nlohmann::ordered_json;

/// As messages quote a name.
inline std::string in_quotes(const std::string& name) { return "'" + name + "'"; }

/// One mapping and where it stands ("router.policy_config policy class 'batch'"). A field that is
/// null is a field not given.
class PolicyFields {
 public:
  /// Throws UserError where it is no mapping, or has a field that is not in `known`.
  PolicyFields(const PolicyJson& object, std::string where,
               std::span<const std::string_view> known);

  const std::string& where() const { return where_; }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// Null where it is not given.
  const PolicyJson* find(std::string_view key) const;
  /// The same; UserError where it is no list.
  const PolicyJson* list(std::string_view key) const;
  std::string text(std::string_view key) const;  ///< must be given
  std::optional<std::string> maybe_text(std::string_view key) const;
  std::int64_t count(std::string_view key) const;  ///< must be given; 0 to 2^53
  std::optional<std::int64_t> maybe_count(std::string_view key) const;
  std::optional<double> maybe_real(std::string_view key) const;

  [[noreturn]] void missing(std::string_view key) const;
  /// UserError "WHERE PROBLEM".
  [[noreturn]] void reject(const std::string& problem, const std::string& why,
                           const std::string& suggestion) const;
  [[noreturn]] void reject_type(std::string_view key, const std::string& wanted) const;

 private:
  const PolicyJson& object_;
  std::string where_;
};

/// Throws UserError unless `name` is made of letters, digits, '_', '.' and '-', as names of
/// Dynamo's metrics are.
void check_policy_name(const PolicyFields& fields, std::string_view kind, const std::string& name);

}  // namespace pigou
