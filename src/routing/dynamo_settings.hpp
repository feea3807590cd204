// What the values of dynamo_parameters() mean to each part of Dynamo's router.
#pragma once

#include "routing/dynamo_choice.hpp"
#include "routing/dynamo_conditional.hpp"
#include "routing/dynamo_overload.hpp"
#include "routing/dynamo_parameters.hpp"
#include "routing/dynamo_queue.hpp"
#include "routing/policy.hpp"

namespace pigou {

struct DynamoSettings {
  DynamoCosting costing;
  DynamoThresholds thresholds;
  DynamoConditional conditional;
  DynamoQueueRule queue;
  OutputBlocks output = OutputBlocks::kNone;

  /// Throws UserError where values do not go together.
  DynamoSettings(const ParameterValues& values, DynamoForm form, bool lower_tiers);
};

}  // namespace pigou
