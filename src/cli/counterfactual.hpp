// Routers that say what they would choose while somebody else decides (teacher forcing).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "routing/policy.hpp"
#include "simulation/config.hpp"

namespace pigou {

struct CounterfactualChoice {
  InstanceId instance = kNoIndex;
  std::vector<std::uint32_t> tied;  ///< candidates that share the best cost, the choice among them
  std::string rule;
};

/// One policy beside the decision. `choose` asks a copy, so that the policy's own state is moved
/// only by `follow`, which shows it a fleet where nothing but the real choice is available.
class CounterfactualRouter {
 public:
  CounterfactualRouter(const RouterConfig& router, PolicyLayout layout);

  const std::string& name() const { return name_; }
  ViewNeeds needs() const { return policy_->needs(); }
  CounterfactualChoice choose(const Decision& decision, RouterView& view) const;
  void follow(const Decision& decision, RouterView& view, InstanceId instance);
  /// First token and finish, if the policy asked for them.
  void notify(const Decision& decision, RouterView& view);

 private:
  std::string name_;
  std::unique_ptr<Policy> policy_;
  std::vector<Action> actions_;
};

/// What a view must keep for all of them. Throws UserError when two want signals of different age.
ViewNeeds union_of_needs(const std::vector<CounterfactualRouter>& shadows);

}  // namespace pigou
