// One row of the catalogue in floating point, as fitted, and its integer form.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/shapes.hpp"
#include "model/step_model.hpp"

namespace pigou {

/// Coefficients of one regime in ms (docs/step-model.md). `expert` multiplies E_act.
struct StepCoefficients {
  std::int64_t knee = 0;
  double constant = 0, token_below = 0, token_above = 0, sequence = 0, context = 0;
  double attention = 0, prefill_context = 0, expert = 0;
  double median_error_percent = -1, p95_error_percent = -1;
};

struct StepRow {
  std::string kind, source, note;
  double allreduce_ms = 0, allreduce_ms_per_token = 0;  ///< where the fit left it out
  StepCoefficients regimes[3];
  /// The same with the attention terms and errors of an fp8 KV cache, where those were measured.
  std::optional<std::array<StepCoefficients, 3>> fp8_kv;
};

/// "h100/llama-3.1-70b/tp4/ep1/bf16".
std::string row_key(std::string_view gpu, std::string_view model, std::uint32_t tp,
                    std::uint32_t ep, std::string_view dtype);

/// The row of `key`, if the catalogue has one.
std::optional<StepRow> find_row(std::string_view key);

/// Keys of all rows, or of those that start with `prefix`.
std::vector<std::string> row_keys(std::string_view prefix = "");

/// Why the fit has no row for `key`; empty if it never tried.
std::string missing_reason(std::string_view key);

/// Rounds a row to integers once. `host_step_s` is added to each step.
StepModel integer_model(const StepRow& row, const LlmShape& llm, std::uint32_t ep,
                        std::int64_t max_step_tokens, double host_step_s);

}  // namespace pigou
