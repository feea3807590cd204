#include "model/linear_step.hpp"

namespace pigou {

StepModel linear_step_model(const LinearStep& linear, std::int64_t max_step_tokens) {
  const std::int64_t token_ps = from_seconds(linear.prefill_s_per_token, "prefill_s_per_token").ps;
  const std::int64_t decode_ps = from_seconds(linear.decode_step_s, "decode_step_s").ps;
  const std::int64_t cached_ps = from_seconds(linear.cached_s_per_token, "cached_s_per_token").ps;
  StepModel model;
  auto& [decode, prefill, mixed] = model.token_ps;
  decode.assign(static_cast<std::size_t>(max_step_tokens) + 1, decode_ps);
  for (std::int64_t tokens = 0; tokens <= max_step_tokens; ++tokens) {
    prefill.push_back(token_ps * tokens);
    mixed.push_back(decode_ps + token_ps * tokens);
  }
  model.prefill_context_ps[static_cast<std::size_t>(Regime::kPrefill)] = cached_ps;
  model.prefill_context_ps[static_cast<std::size_t>(Regime::kMixed)] = cached_ps;
  model.prefill_s_per_token = linear.prefill_s_per_token;
  model.single_tokens_decode = false;
  return model;
}

}  // namespace pigou
