// The step time no measurement stands behind: peak compute or peak memory bandwidth.
#pragma once

#include "model/shapes.hpp"
#include "model/step_row.hpp"

namespace pigou {

/// How far an unfitted roofline is off, quoted with every result that rests on one.
inline constexpr const char* kRooflineNote =
    "plain roofline, no measurement stands behind this shape: no launch overhead, no all-reduce, "
    "no kernel inefficiency; against the fitted rows the roofline has a median error of 26-65 %";

/// Integer model of the roofline. Throws UserError where the GPU's FLOP/s are unknown.
StepModel roofline_model(const GpuSpec& gpu, const LlmShape& llm, std::uint32_t tp,
                         std::uint32_t ep, std::string_view dtype, const KvSize& kv,
                         std::int64_t max_step_tokens, double host_step_s);

}  // namespace pigou
