#include "trace/parse/sessions.hpp"

#include <algorithm>

namespace pigou {
namespace {

constexpr SimTime kRounding{kPsPerMillisecond};

class SessionArranger {
 public:
  SessionArranger(const std::vector<LoggedCall>& calls, const std::vector<std::uint32_t>& parent)
      : calls_(calls), parent_(parent), endings_(parent.size()) {
    find_roots();
    collect_endings();
  }

  SessionPlan arrange();

 private:
  /// The endings that may set off calls of one session, by time.
  struct Endings {
    std::vector<std::uint32_t> calls;
    std::size_t seen = 0;
  };
  struct OpenLane {
    std::uint32_t trigger;  ///< call, or kNoIndex
    std::vector<std::uint32_t> calls;
  };

  void find_roots();
  void collect_endings();
  std::uint32_t last_ended(std::uint32_t session, std::uint32_t call);
  std::uint32_t cause_of(std::uint32_t call);
  void write_lane(const OpenLane& lane, SessionPlan& plan);

  const std::vector<LoggedCall>& calls_;
  const std::vector<std::uint32_t>& parent_;
  std::vector<Endings> endings_;
  std::vector<std::uint32_t> root_;
  std::vector<std::uint32_t> cause_;
  std::vector<std::uint32_t> session_;  ///< of the trace, per root
  std::vector<std::uint32_t> row_;      ///< per call
};

/// Follows parents to the outermost; whoever is found to be its own ancestor is its own root.
void SessionArranger::find_roots() {
  const auto sessions = static_cast<std::uint32_t>(parent_.size());
  root_.assign(sessions, kNoIndex);
  std::vector<std::uint32_t> path;
  for (std::uint32_t session = 0; session < sessions; ++session) {
    std::uint32_t at = session;
    for (path.clear(); root_[at] == kNoIndex; at = parent_[at]) {
      path.push_back(at);
      root_[at] = session;  // marks the path; a meeting with it is a cycle
      if (parent_[at] == kNoIndex || root_[parent_[at]] == session) {
        root_[at] = at;
        break;
      }
    }
    for (const std::uint32_t walked : path) root_[walked] = root_[at];
  }
}

void SessionArranger::collect_endings() {
  std::vector<std::uint32_t> last(parent_.size(), kNoIndex);
  for (std::uint32_t call = 0; call < calls_.size(); ++call) {
    const std::uint32_t session = calls_[call].session;
    endings_[session].calls.push_back(call);
    if (last[session] == kNoIndex || calls_[call].end > calls_[last[session]].end)
      last[session] = call;
  }
  for (std::uint32_t session = 0; session < parent_.size(); ++session)
    if (parent_[session] != kNoIndex && parent_[session] != session && last[session] != kNoIndex)
      endings_[parent_[session]].calls.push_back(last[session]);
  for (Endings& endings : endings_)
    std::ranges::sort(endings.calls, [this](std::uint32_t a, std::uint32_t b) {
      return std::pair{calls_[a].end, a} < std::pair{calls_[b].end, b};
    });
}

/// Calls are asked for in the order in which they begin, so each ending is passed once.
std::uint32_t SessionArranger::last_ended(std::uint32_t session, std::uint32_t call) {
  Endings& endings = endings_[session];
  const SimTime latest = calls_[call].begin + kRounding;
  while (endings.seen < endings.calls.size() && endings.calls[endings.seen] < call &&
         calls_[endings.calls[endings.seen]].end <= latest)
    ++endings.seen;
  return endings.seen == 0 ? kNoIndex : endings.calls[endings.seen - 1];
}

std::uint32_t SessionArranger::cause_of(std::uint32_t call) {
  const std::uint32_t session = calls_[call].session;
  const std::uint32_t own = last_ended(session, call);
  if (own != kNoIndex || parent_[session] == kNoIndex) return own;
  return last_ended(parent_[session], call);
}

void SessionArranger::write_lane(const OpenLane& lane, SessionPlan& plan) {
  const std::uint32_t root = root_[calls_[lane.calls.front()].session];
  if (session_[root] == kNoIndex) {
    session_[root] = static_cast<std::uint32_t>(plan.session_begin.size());
    plan.session_begin.push_back(calls_[lane.calls.front()].begin);
  }
  const auto first = static_cast<std::uint32_t>(plan.order.size());
  for (const std::uint32_t call : lane.calls) {
    const SimTime arrival = calls_[call].begin - plan.session_begin[session_[root]];
    const std::uint32_t cause = cause_[call];
    row_[call] = static_cast<std::uint32_t>(plan.order.size());
    plan.order.push_back(call);
    plan.arrival.push_back(arrival);
    plan.think.push_back(
        cause == kNoIndex ? arrival : std::max(SimTime{}, calls_[call].begin - calls_[cause].end));
  }
  plan.lanes.push_back({first, static_cast<std::uint32_t>(plan.order.size()), session_[root],
                        lane.trigger == kNoIndex ? kNoIndex : row_[lane.trigger]});
}

SessionPlan SessionArranger::arrange() {
  std::vector<OpenLane> lanes;
  std::vector<std::uint32_t> lane_ending_in(calls_.size(), kNoIndex);
  for (std::uint32_t call = 0; call < calls_.size(); ++call) {
    const std::uint32_t cause = cause_of(call);
    cause_.push_back(cause);
    std::uint32_t lane = cause == kNoIndex ? kNoIndex : lane_ending_in[cause];
    // A sub-agent runs in a lane of its own, though nobody else may follow the call yet.
    if (lane != kNoIndex && calls_[lanes[lane].calls.front()].session != calls_[call].session)
      lane = kNoIndex;
    if (lane == kNoIndex) {
      lane = static_cast<std::uint32_t>(lanes.size());
      lanes.push_back({cause, {}});
    } else {
      lane_ending_in[cause] = kNoIndex;
    }
    lanes[lane].calls.push_back(call);
    lane_ending_in[call] = lane;
  }
  SessionPlan plan;
  session_.assign(parent_.size(), kNoIndex);
  row_.assign(calls_.size(), kNoIndex);
  // Lanes opened in the order of their first calls, and a trigger began earlier: it has its row.
  for (const OpenLane& lane : lanes) write_lane(lane, plan);
  return plan;
}

}  // namespace

SessionPlan arrange_sessions(const std::vector<LoggedCall>& calls,
                             const std::vector<std::uint32_t>& parent) {
  return SessionArranger(calls, parent).arrange();
}

}  // namespace pigou
