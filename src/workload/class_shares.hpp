// Policy classes for traces that name none: drawn, an assumption of whoever simulates.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

struct ClassShare {
  std::string name;
  double share = 0;  ///< of the conversations, above 0
};

/// Reads "NAME:SHARE,NAME:SHARE", workload.policy_class_shares; empty for an empty text. Throws
/// UserError: shares lie above 0 and add up to at most 1, names differ.
std::vector<ClassShare> parse_class_shares(std::string_view text);

/// Gives conversations the label `policy_class` by these shares, the rest none; `conversation` is
/// conversations(trace). Nothing without shares. Throws UserError where the trace has the label.
void draw_policy_classes(Trace& trace, const std::vector<std::uint32_t>& conversation,
                         const std::vector<ClassShare>& shares, std::uint64_t seed);

}  // namespace pigou
