// Step time in integers. One row per (GPU, model, TP, dtype).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace pigou {

/// decode: every chunk in the step is one token; prefill: no decode sequence; mixed: both.
enum class Regime : std::uint8_t { kDecode = 0, kPrefill = 1, kMixed = 2 };

/// One engine step as the model sees it.
struct StepShape {
  std::int64_t tokens = 0;           ///< T: decode sequences + prefill chunk tokens
  std::int64_t sequences = 0;        ///< R: sequences in the step
  std::int64_t decode_context = 0;   ///< C: sum of context lengths over decode sequences
  std::int64_t prefill_context = 0;  ///< P: sum of tokens already computed, over prefill chunks
  std::int64_t attention2 = 0;       ///< 2A: sum over prefill chunks of n * (2 * ctx_before + n)
};

/// Integer step-time row. All that depends on T alone (weights, knee, expected experts,
/// all-reduce, constants, host time) is `token_ps[regime][T]`, for T in 0..max tokens of a step.
struct StepModel {
  std::array<std::vector<std::int64_t>, 3> token_ps;
  std::int64_t sequence_ps[3] = {0, 0, 0};         ///< cR, ps per sequence
  std::int64_t context_ps[3] = {0, 0, 0};          ///< cC, ps per decode context token
  std::int64_t prefill_context_ps[3] = {0, 0, 0};  ///< cP, ps per prefill context token
  std::int64_t attention_fs[3] = {0, 0, 0};        ///< cA, femtoseconds per unit of 2A
  /// Prefill seconds per token for routers that estimate TTFT: the slope above the knee.
  double prefill_s_per_token = 0;
  /// A prompt's single token counts as decoding, as kernels have it; else nothing but decoding
  /// does.
  bool single_tokens_decode = true;

  SimTime step(Regime regime, const StepShape& s) const {
    const auto r = static_cast<std::size_t>(regime);
    return {token_ps[r][static_cast<std::size_t>(s.tokens)] + sequence_ps[r] * s.sequences +
            context_ps[r] * s.decode_context + prefill_context_ps[r] * s.prefill_context +
            attention_fs[r] * s.attention2 / 1000};
  }
};

/// Where a row's numbers come from; travels with every result.
struct StepModelProvenance {
  std::string kind;    ///< measured | composed | roofline | constant
  std::string source;  ///< folder, repository@commit, engine and kernel version
  std::string gpu, model, dtype;
  std::uint32_t tp = 1;
  /// Absolute % error on the held-out test split, per regime (decode, prefill, mixed); <0: none.
  double median_error_percent[3] = {-1, -1, -1};
  double p95_error_percent[3] = {-1, -1, -1};
  std::string note;  ///< what the row leaves out, in words
};

}  // namespace pigou
