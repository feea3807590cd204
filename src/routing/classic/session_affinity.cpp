// Session affinity: a session's first request goes to the instance with the fewest requests in
// flight, equals by one draw, and the rest of the session follows it, whatever the load. If that
// instance is down, or the session was idle for session_ttl_s, it starts again. A request of no
// session is a session of one, so that a trace without sessions is served as least-outstanding
// serves it. Each side of a split cluster sticks on its own. Source: textbook; the session map of
// vllm-project/router cache_aware.rs@16917f49522f (3,600 s).
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/session_table.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class SessionAffinity final : public Policy {
 public:
  SessionAffinity(const ParameterValues& values, const PolicyLayout& layout)
      : stream_(layout.seed, "session-affinity"),
        ttl_(from_seconds(values[0], "router.session_ttl_s")),
        entry_(ttl_, ttl_),
        decode_(ttl_, ttl_) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.labels = {RequestLabel::kSession};
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{choose(view, entry_side(view), decision, entry_, 0)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(choose(view, side, decision, decode_, 1));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override {
    return std::make_unique<SessionAffinity>(*this);
  }

 private:
  std::uint32_t choose(RouterView& view, const FleetSide& side, const Decision& decision,
                       SessionTable& table, std::uint32_t draw) {
    const std::uint64_t session = view.request().session;
    const bool idle = ttl_.ps > 0 && table.idle_since(session, decision.time) >= ttl_;
    SessionTable::Entry& entry = table.touch(session, decision.time);
    std::uint32_t& worker = entry.workers[0];
    if (worker != kNoIndex && !idle && side.usable(worker)) {
      note_rule(view, draw == 0 ? "session: where it is" : "");
      note_candidate(view, side, worker, 0);
      return worker;
    }
    worker = least_cost(view, side, scorer_, LeastOutstandingCost{},
                        stream_.bits(decision.request, draw),
                        draw == 0 ? "session: a start, least in flight" : "");
    return worker;
  }

  RandomStream stream_;
  SimTime ttl_;
  SessionTable entry_;
  SessionTable decode_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo session_affinity_policy() {
  return {"session-affinity",
          "a session stays where its first request went: the fewest requests in flight",
          "textbook; session map as vllm-project/router cache_aware.rs@16917f49522f",
          "the session of the request; exact local count, age 0",
          DecodeStage::kWithPrefill,
          true,
          {{"session_ttl_s", ParameterType::kReal, "s", 3600, 0, 4.6e6,
            "a session idle for this long starts again; 0 is never"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<SessionAffinity>(values, layout);
          },
          {},
          "requests in flight, of a new session"};
}

}  // namespace pigou
