// What the values of dynamo_parameters() mean to each part of Dynamo's router.
#pragma once

#include "routing/dynamo/choice.hpp"
#include "routing/dynamo/conditional.hpp"
#include "routing/dynamo/overload.hpp"
#include "routing/dynamo/parameters.hpp"
#include "routing/dynamo/profile.hpp"
#include "routing/policy.hpp"

namespace pigou {

/// How they score; the one part whose parameters are live.
DynamoCosting costing_of(const ParameterValues& values, bool lower_tiers, DynamoForm form);

struct DynamoSettings {
  DynamoCosting costing;
  DynamoThresholds thresholds;
  DynamoConditional conditional;
  DynamoProfile profile;  ///< that of the layout, or one class
  OutputBlocks output = OutputBlocks::kNone;

  /// Throws UserError where values do not go together.
  DynamoSettings(const ParameterValues& values, const PolicyLayout& layout, DynamoForm form);
};

}  // namespace pigou
