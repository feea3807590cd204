// Why a policy decided as it did, for those who ask.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "kernels/columns.hpp"

namespace pigou {

/// A column of a candidate as the policy read it, in the words it declares (Policy::declares).
struct NotedColumn {
  const ColumnRead* read;  ///< a constant
  double value;
  double weight = kNoWeight;  ///< of a score that is one of a weighted sum

  static constexpr double kNoWeight = std::numeric_limits<double>::quiet_NaN();
};

/// What a policy says of its decision while decisions are recorded (`--decisions`).
struct DecisionNote {
  struct Candidate {
    InstanceId instance = kNoIndex;
    double cost;  ///< lower is better; a policy whose rule maximises notes the negative
    /// Tokens of the prompt that a belief of the policy's own says are cached there; -1: it has
    /// none, and what counts is the view's.
    std::int64_t believed_tokens = -1;
    std::vector<NotedColumn> declared = {};  ///< what its cost read
  };
  std::string_view rule;  ///< which branch of the rule decided, a literal: "affinity", "imbalance"
  std::vector<Candidate> candidates;  ///< those considered
  SlotId slot = kNoIndex;             ///< the request it is about; kNoIndex: the decision's
  std::vector<DecisionNote> others;   ///< about further requests that the same answer places
};

}  // namespace pigou
