// Sessions out of a log: which call set off which, found from when each began and ended.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/parse/open_loop.hpp"

namespace pigou {

/// A logged call. Times are from any common origin.
struct LoggedCall {
  SimTime begin;
  SimTime end;
  std::uint32_t session = 0;  ///< dense; a sub-agent has its own
};

/// What `arrange_sessions` finds.
struct SessionPlan {
  std::vector<std::uint32_t> order;    ///< calls in the order of their rows, lane by lane
  std::vector<SimTime> think;          ///< per row
  std::vector<SimTime> arrival;        ///< per row, from the start of its session
  std::vector<Trace::Lane> lanes;      ///< with rows and sessions of the trace
  std::vector<SimTime> session_begin;  ///< per session of the trace
};

/// Makes closed-loop lanes of `calls`, which are sorted by `begin`. `parent[s]` is the session that
/// started session s, or kNoIndex.
///
/// A call was set off by whatever ended last before it began (a millisecond of rounding allowed):
/// a call of its own session or the last call of a sub-agent, and for the first calls of a
/// sub-agent a call of the session that started it. It follows that call in its lane if no other
/// call does already, otherwise it opens a lane that the call triggers. A call that nothing set
/// off opens a lane that starts with the session. Sub-agents belong to the session of the trace in
/// which their outermost parent runs.
SessionPlan arrange_sessions(const std::vector<LoggedCall>& calls,
                             const std::vector<std::uint32_t>& parent);

}  // namespace pigou
