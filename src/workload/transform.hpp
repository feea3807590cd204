// The scenario's changes to a trace before it is copied: head, window, thin, cut, link, scale.
#pragma once

#include <cstdint>
#include <vector>

#include "core/error.hpp"
#include "trace/trace.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// The scenario's changes removed every row.
class NoRequestLeft : public UserError {
 public:
  using UserError::UserError;
};

/// Applies arrivals, head, window, part, thin, sample_sessions, truncate_input_tokens, infer_turns
/// and rate_scale, in this order; `inferred_turns` counts the links made. Throws UserError;
/// NoRequestLeft when no row is left.
Trace transform_trace(Trace trace, const WorkloadOptions& options, std::uint64_t seed,
                      std::uint64_t& inferred_turns);

/// Links each row without a previous turn to the earlier row with the most full blocks that are
/// the beginning of its own, the latest one of equals. That row's prompt and output must fit into
/// the prompt, no two rows get the same one, and a shared opening is no sign of a conversation: at
/// most half of all rows may begin with those blocks. Returns the number of links.
std::uint64_t infer_turns(Trace& trace);

/// Per row the prefix tree it belongs to: the first of its blocks that at most half of all rows
/// share. Rows without such a block are trees of their own, numbered from distinct_blocks on.
std::vector<std::uint64_t> prefix_trees(const Trace& trace);

/// Per row what it stays or goes with when the trace is thinned: its session (closed loop), its
/// prefix tree or, where it is in none, the conversation that the label `session` names.
std::vector<std::uint64_t> thinning_units(const Trace& trace);

/// Per row the first row with the same word of the label `session`, kNoIndex without a word.
std::vector<std::uint32_t> labelled_sessions(const Trace& trace);

}  // namespace pigou
