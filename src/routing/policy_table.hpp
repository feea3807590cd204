// The one table of policies: name, evidence, signals, stage, parameters.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/parameter.hpp"
#include "routing/lost_requests.hpp"
#include "view/request_label.hpp"

namespace pigou {

class Policy;
struct PolicyLayout;

/// When a policy chooses the decode side of a split cluster.
enum class DecodeStage : std::uint8_t { kWithPrefill, kAfterPrefill };

/// What a policy cannot do without; `--router all` leaves it out where that is missing.
struct PolicyDemands {
  bool aggregated = false;  ///< a cluster whose instances prefill and decode
  bool split = false;       ///< one with prefill and decode instances
  /// The record of where the trace's own router sent each request: no router of a cluster, so it
  /// joins a comparison only by its name.
  bool recorded_placement = false;
};

/// A label of the trace that a policy uses only when told to, and a setting that tells it.
struct LabelSetting {
  RequestLabel label;
  std::string_view setting;  ///< behind "router.": "key=session"
};

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
  PolicyDemands demands = {};
  /// What the costs are that it notes of its candidates, lower is better, with the unit; empty: its
  /// rule compares none.
  std::string_view cost = {};
  LostRequests lost = {};
  bool policy_config = false;  ///< reads Dynamo's file of policy classes, PolicyLayout::classes
  std::vector<LabelSetting> label_settings = {};
};

std::span<const PolicyInfo> policy_table();

/// Why `info` cannot serve a cluster that is `split` or not, in words; empty when it can.
std::string_view misfit(const PolicyInfo& info, bool split);

/// The policy called `name`, with or without its version tag when that is unambiguous.
/// Throws UserError naming the nearest.
const PolicyInfo& find_policy(std::string_view name);

}  // namespace pigou
