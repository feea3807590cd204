// The one table of policies: name, evidence, signals, stage, parameters.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/parameter.hpp"

namespace pigou {

class Policy;
struct PolicyLayout;

/// When a policy chooses the decode side of a split cluster.
enum class DecodeStage : std::uint8_t { kWithPrefill, kAfterPrefill };

/// One row per policy, in listing order. Everything a user sees of a policy derives from it.
struct PolicyInfo {
  std::string_view name;      ///< with version tag, "dynamo-kv@2026-08"
  std::string_view summary;   ///< one sentence
  std::string_view evidence;  ///< source (repository@commit, file), paper section, or "textbook"
  std::string_view signals;   ///< what it reads and how old, in words
  DecodeStage decode_stage;
  bool random;  ///< may draw from the seed (ties, samples, softmax)
  std::vector<Parameter> parameters;
  std::unique_ptr<Policy> (*make)(const ParameterValues&, const PolicyLayout&);
};

std::span<const PolicyInfo> policy_table();

/// The policy called `name`, with or without its version tag when that is unambiguous.
/// Throws UserError naming the nearest.
const PolicyInfo& find_policy(std::string_view name);

}  // namespace pigou
