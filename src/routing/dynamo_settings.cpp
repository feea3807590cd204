#include "routing/dynamo_settings.hpp"

#include "core/error.hpp"

namespace pigou {
namespace {

DynamoTerms terms_of(const ParameterValues& values, bool lower_tiers) {
  DynamoTerms terms;
  terms.overlap_score_credit = values[kDynamoCredit];
  // Decay looks at prefill in flight: there is none where it is not counted.
  terms.overlap_score_credit_decay = values[kDynamoTrackPrefill] != 0 ? values[kDynamoDecay] : 0;
  terms.prefill_load_scale = values[kDynamoScale];
  terms.decode_active_request_weight = values[kDynamoActive];
  terms.lower_tiers = lower_tiers;
  return terms;
}

DynamoConditional conditional_of(const ParameterValues& values) {
  DynamoConditional rule;
  rule.policy = static_cast<DynamoConditional::Policy>(values[kDynamoConditional]);
  rule.eff_isl_threshold = values[kDynamoEffIsl];
  rule.eff_isl_ratio_threshold = values[kDynamoEffIslRatio];
  const double busy = values[kDynamoPrefillBusy];
  rule.prefill_busy_threshold = busy > 0 ? busy : values[kDynamoQueue];
  rule.decode_busy_threshold = values[kDynamoDecodeBusy];
  return rule;
}

DynamoQueueRule queue_of(const ParameterValues& values) {
  DynamoQueueRule rule;
  rule.threshold = values[kDynamoQueue];
  rule.threshold_tokens = values[kDynamoQueueTokens];
  rule.busy_worker_ratio = values[kDynamoQueueRatio];
  rule.order = static_cast<DynamoQueueRule::Order>(values[kDynamoQueuePolicy]);
  rule.long_from = static_cast<std::int64_t>(values[kDynamoLongFrom]);
  rule.batch_share = values[kDynamoBatchShare];
  for (std::uint32_t c = 0; c < kDynamoClasses; ++c)
    rule.quantum[c] = static_cast<std::int64_t>(values[kDynamoQuantum + c]);
  rule.request_limit = static_cast<std::int64_t>(values[kDynamoRequestLimit]);
  rule.input_token_limit = static_cast<std::int64_t>(values[kDynamoInputLimit]);
  rule.cached_token_limit = static_cast<std::int64_t>(values[kDynamoCachedLimit]);
  return rule;
}

OutputBlocks output_of(const ParameterValues& values) {
  if (values[kDynamoTrackOutput] == 0) return OutputBlocks::kNone;
  return values[kDynamoExpected] == 0 ? OutputBlocks::kWhole : OutputBlocks::kFading;
}

}  // namespace

DynamoSettings::DynamoSettings(const ParameterValues& values, DynamoForm form, bool lower_tiers)
    : costing{terms_of(values, lower_tiers), values[kDynamoTemperature], form},
      thresholds{values[kDynamoBusyBlocks], values[kDynamoBusyPrefill],
                 values[kDynamoBusyPrefillFrac], values[kDynamoMetricsPeriod] > 0},
      conditional(conditional_of(values)),
      queue(queue_of(values)),
      output(output_of(values)) {
  if (output != OutputBlocks::kNone && values[kDynamoTrackBlocks] == 0)
    throw UserError("router_track_output_blocks without router_track_active_blocks",
                    "an answer's blocks are part of the active ones", "set both, or neither");
  if (queue.order == DynamoQueueRule::Order::kLcfs &&
      (queue.long_from > 0 || queue.batch_share > 0))
    throw UserError("router_queue_policy=lcfs with policy classes",
                    "Dynamo's classes are fcfs or wspt", "choose one of those");
}

}  // namespace pigou
