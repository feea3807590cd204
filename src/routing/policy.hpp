// What a routing policy is: a question answered with actions. See docs/adding-a-policy.md.
#pragma once

#include <memory>
#include <vector>

#include "core/ids.hpp"
#include "core/random_stream.hpp"
#include "routing/parts/declaration.hpp"
#include "routing/policy_file.hpp"
#include "routing/policy_table.hpp"
#include "scoring/scorer.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// The fleet a policy is made for, and what it is told beside numbers.
struct PolicyLayout {
  std::uint32_t entry_count = 0;   ///< aggregated or prefill instances
  std::uint32_t decode_count = 0;  ///< 0 in an aggregated cluster
  std::uint64_t seed = 1;
  ReplicaId replica = 0;  ///< each router replica is a policy object of its own
  std::uint32_t replicas = 1;
  /// Instances keep KV below GPU memory, or share a cache: RouterView::lower_tiers() says what.
  /// Today's engines have one tier, so no simulation sets it.
  bool lower_tiers = false;
  /// router.policy_config for the model that is served; null: not given, or silent on that model.
  std::shared_ptr<const PolicyFile> file = nullptr;
};

/// Sees only `view` (never the truth, never an output length), answers with actions and does not
/// apply them. The state it keeps is that of one router replica. One indirect call per decision;
/// nothing allocated once warm. A value: `clone` lets a simulation be copied midway.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual ViewNeeds needs() const { return {}; }
  /// How it decides where it scores: candidates, columns, cost, choice. Empty: its rule is no
  /// scoring, or none that is declared.
  virtual Declaration declares() const { return {}; }
  /// Whether these parameter values let the seed decide anything; asked only where
  /// PolicyInfo::random says that some values do.
  virtual bool draws() const { return true; }
  /// A parameter that is declared live has another value from now on, one in its range. What
  /// needs() says may change in ViewNeeds::separable only.
  virtual void set(std::size_t parameter, double value);
  virtual void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) = 0;
  virtual std::unique_ptr<Policy> clone() const = 0;
};

/// The draw of one decision: same request and hook, same draw, whatever else happened.
inline std::uint64_t decision_draw(const RandomStream& stream, const Decision& decision) {
  return stream.bits(decision.request, static_cast<std::uint32_t>(decision.hook));
}

/// The decode instance with the fewest active blocks, ties by `draw`: what most routers mean by
/// "by load". Index among all instances. Notes all of them.
InstanceId least_loaded_decode(RouterView& view, std::uint64_t draw);

/// Makes the policy `info` with `values`. Throws UserError with the column's name where its rule
/// reads one that nobody keeps.
std::unique_ptr<Policy> make_policy(const PolicyInfo& info, const ParameterValues& values,
                                    const PolicyLayout& layout);

/// Throws UserError where a rule that `policy` declares reads a column that the view does not keep
/// for it and that it does not bring itself.
void check_declared(std::string_view name, const Policy& policy);

}  // namespace pigou
