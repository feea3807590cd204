// A step model that a few numbers describe, as papers state theirs: so much per prompt token.
#pragma once

#include <cstdint>

#include "model/step_model.hpp"

namespace pigou {

/// A step takes prefill_s_per_token for every token of a step that computes prompt tokens (those of
/// sequences that decode beside them included), cached_s_per_token for every token that its prompt
/// chunks find computed (a hit, or an earlier chunk), and decode_step_s once if anyone decodes:
/// emits a token after its first, or one whose prompt was computed elsewhere. A prompt's single
/// token that is computed here costs what any other does.
struct LinearStep {
  double prefill_s_per_token = 0;
  double decode_step_s = 0;
  double cached_s_per_token = 0;
};

/// Throws UserError for a duration that is none. `max_step_tokens`: the largest step there will be.
StepModel linear_step_model(const LinearStep& linear, std::int64_t max_step_tokens);

}  // namespace pigou
