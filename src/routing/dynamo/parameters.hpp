// The parameters dynamo-kv@2026-08 and dynamo-lmetric@2026-08 share, in order. Names are Dynamo's,
// units added; Dynamo's None is 0.
#pragma once

#include <vector>

#include "core/parameter.hpp"
#include "routing/policy_table.hpp"

namespace pigou {

enum DynamoParameter {
  kDynamoCredit,
  kDynamoDecay,
  kDynamoScale,
  kDynamoActive,
  kDynamoHost,
  kDynamoDisk,
  kDynamoShared,
  kDynamoTemperature,
  kDynamoTrackBlocks,
  kDynamoReuse,
  kDynamoTrackOutput,
  kDynamoExpected,
  kDynamoTrackPrefill,
  kDynamoPrefillModel,
  kDynamoEvents,
  kDynamoRetention,
  kDynamoTtl,
  kDynamoTreeSize,
  kDynamoPruneTarget,
  kDynamoQueue,
  kDynamoQueuePolicy,
  kDynamoBusyBlocks,
  kDynamoBusyPrefill,
  kDynamoBusyPrefillFrac,
  kDynamoMetricsPeriod,
  kDynamoAffinityTtl,
  kDynamoAffinityMode,
  kDynamoConditional,
  kDynamoEffIsl,
  kDynamoEffIslRatio,
  kDynamoPrefillBusy,
  kDynamoDecodeBusy,
  kDynamoOverride,
  kDynamoLatency
};

std::vector<Parameter> dynamo_parameters();
std::vector<LabelSetting> dynamo_label_settings();

}  // namespace pigou
