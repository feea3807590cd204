// What the router answered, what it saw and what was true, written into the log of decisions.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"
#include "simulation/record/decision_log.hpp"
#include "simulation/request_views.hpp"
#include "simulation/requests.hpp"
#include "view/view.hpp"

namespace pigou {

/// Writes the answer to one decision, before it changes anything. Reads through the same window as
/// the policy and leaves it as it was, so that recording moves no decision. Lives no longer than
/// the answer.
class AnswerWriter {
 public:
  /// `view_slot` is whose request the view shows.
  AnswerWriter(DecisionLog& log, View& view, Cluster& cluster, const Decision& decision,
               SlotId view_slot)
      : log_(log), view_(view), cluster_(cluster), decision_(decision), view_slot_(view_slot) {}

  void write(const std::vector<Action>& actions, const Requests& requests,
             const RequestViews& views);

 private:
  void write(const Action& action, const RequestState& state, const DecisionNote& note);
  void write_candidates(const Action& action, const DecisionNote& note);
  void write_unsaid(const Action& action);
  std::int32_t belief_of(const DecisionNote::Candidate& candidate);
  void write_candidate(const DecisionNote::Candidate& candidate);

  DecisionLog& log_;
  View& view_;
  Cluster& cluster_;
  const Decision& decision_;
  std::uint32_t view_slot_;
};

}  // namespace pigou
