// Why a policy decided as it did, for those who ask.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// What a policy says of its decision while decisions are recorded (`--decisions`).
struct DecisionNote {
  struct Candidate {
    std::uint32_t instance;
    double cost;  ///< lower is better; a policy whose rule maximises notes the negative
    /// Tokens of the prompt that a belief of the policy's own says are cached there; -1: it has
    /// none, and what counts is the view's.
    std::int64_t believed_tokens = -1;
  };
  std::string_view rule;  ///< which branch of the rule decided, a literal: "affinity", "imbalance"
  std::vector<Candidate> candidates;  ///< those considered
  std::uint32_t slot = kNoIndex;      ///< the request it is about; kNoIndex: the decision's
  std::vector<DecisionNote> others;   ///< about further requests that the same answer places
};

}  // namespace pigou
