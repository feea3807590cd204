#include "routing/dynamo/settings.hpp"

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

/// Those of its file; the one class of a router that was given none.
DynamoProfile profile_of(const ParameterValues& values, const PolicyFile* file) {
  if (file != nullptr) {
    const auto* profile = dynamic_cast<const DynamoProfile*>(file);
    require(profile != nullptr, "a policy config of Dynamo's router has policy classes");
    return *profile;
  }
  const auto order = static_cast<DynamoClass::Order>(values[kDynamoQueuePolicy]);
  const double threshold = values[kDynamoQueue];
  return DynamoProfile::synthetic(threshold > 0 ? std::optional(threshold) : std::nullopt, order);
}

OutputBlocks output_of(const ParameterValues& values) {
  if (values[kDynamoTrackOutput] == 0) return OutputBlocks::kNone;
  return values[kDynamoExpected] == 0 ? OutputBlocks::kWhole : OutputBlocks::kFading;
}

}  // namespace

DynamoCosting costing_of(const ParameterValues& values, bool lower_tiers, DynamoForm form) {
  return {terms_of(values, lower_tiers), values[kDynamoTemperature], form,
          values[kDynamoOverride] != 0};
}

DynamoSettings::DynamoSettings(const ParameterValues& values, const PolicyLayout& layout,
                               DynamoForm form)
    : costing(costing_of(values, layout.lower_tiers, form)),
      thresholds{values[kDynamoBusyBlocks], values[kDynamoBusyPrefill],
                 values[kDynamoBusyPrefillFrac], values[kDynamoMetricsPeriod] > 0},
      conditional(conditional_of(values)),
      profile(profile_of(values, layout.file.get())),
      output(output_of(values)) {
  if (output != OutputBlocks::kNone && values[kDynamoTrackBlocks] == 0)
    throw UserError("router_track_output_blocks without router_track_active_blocks",
                    "an answer's blocks are part of the active ones", "set both, or neither");
}

}  // namespace pigou
