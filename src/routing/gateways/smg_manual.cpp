// SMG's manual: a session sticks to the worker it was first given. It remembers up to two workers,
// and takes the first of them that is healthy; if neither is, a new one is assigned and remembered
// in place of the elder. New ones are assigned at random, to the least loaded, or to the one with
// the fewest sessions in flight (assignment_mode; equals by one draw). Every sweep forgets sessions
// idle for max_idle_s. A request of no session is a session of its own, so a trace without any is
// spread as random spreads it. The two sides of a split cluster stick independently. Source:
// lightseekorg/smg manual.rs@73da68c.
#include <array>

#include "routing/gateways/worker_load.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/session_table.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kMode, kIdle, kSweep };
enum Mode { kRandom, kMinLoad, kMinGroup };

class SmgManual final : public Policy {
 public:
  SmgManual(const ParameterValues& values, const PolicyLayout& layout)
      : mode_(static_cast<int>(values[kMode])),
        stream_(layout.seed, "router"),
        load_(layout),
        entry_(from_seconds(values[kIdle], "router.max_idle_s"),
               from_seconds(values[kSweep], "router.eviction_interval_s")),
        decode_(entry_),
        groups_(layout.entry_count + layout.decode_count, 0) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.finish = mode_ == kMinGroup || load_.needs_finish();
    needs.labels = {RequestLabel::kSession};
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kFinish) return finish(decision.slot);
    const std::uint64_t session = view.request().session;
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{choose(view, load_.entry(view), decision, entry_, 0)}};
    load_.placed(decision.slot, action.instance);
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(choose(view, side, decision, decode_, 1));
    }
    if (mode_ == kMinGroup) join(decision.slot, session, action);
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<SmgManual>(*this); }

 private:
  std::uint32_t choose(RouterView& view, const FleetSide& side, const Decision& decision,
                       SessionTable& table, std::uint32_t draw) {
    SessionTable::Entry& entry = table.touch(view.request().session, decision.time);
    const bool known = entry.workers[0] != kNoIndex;
    const auto rule = [&](std::string_view name) { return draw == 0 ? name : std::string_view(); };
    std::uint32_t chosen = kNoIndex;
    for (const std::uint32_t worker : entry.workers) {
      if (chosen != kNoIndex || worker == kNoIndex || !side.usable(worker)) continue;
      chosen = worker;
      note_rule(view, rule("session: the worker it has"));
      note_candidate(view, side, chosen, 0);
    }
    if (chosen == kNoIndex) {
      chosen = assign(
          view, side, decision, draw,
          rule(known ? "session: its workers are gone, a new one" : "session: a first worker"));
      SessionTable::push(entry, chosen);
    }
    return chosen;
  }

  std::uint32_t assign(RouterView& view, const FleetSide& side, const Decision& decision,
                       std::uint32_t draw, std::string_view rule) {
    const std::uint64_t tie = stream_.bits(decision.request, draw);
    if (mode_ == kMinLoad)
      return least_cost(view, side, scorer_, LeastOutstandingCost{}, tie, rule);
    if (mode_ == kMinGroup) {
      FleetSide counted = side;
      counted.columns.own_counts = groups_.data() + side.first;
      return least_cost(view, counted, scorer_, LeastOwnCountCost{}, tie, rule);
    }
    note_rule(view, rule);
    const std::uint32_t drawn = draw_usable(side, stream_, decision.request, draw);
    note_candidate(view, side, drawn, 0);
    return drawn;
  }

  /// A session counts once on each worker it is on, however many of its requests are there.
  void join(SlotId slot, std::uint64_t session, const Action& action) {
    if (placed_.size() <= slot) placed_.resize(slot + 1);
    placed_[slot] = {session, {action.instance, action.decode_instance}};
    for (const InstanceId instance : placed_[slot].instances)
      if (instance != kNoIndex && in_flight_[group_key(session, instance)]++ == 0)
        ++groups_[instance];
  }
  void finish(SlotId slot) {
    load_.finished(slot);
    if (slot >= placed_.size()) return;
    for (InstanceId& instance : placed_[slot].instances) {
      if (instance == kNoIndex) continue;
      const std::uint64_t key = group_key(placed_[slot].session, instance);
      if (--in_flight_[key] == 0) {
        in_flight_.erase(key);
        --groups_[instance];
      }
      instance = kNoIndex;
    }
  }
  /// 63 bits of hash: no two pairs of a run meet.
  static std::uint64_t group_key(std::uint64_t session, InstanceId instance) {
    return mix64(session + mix64(instance)) >> 1;
  }

  struct Placed {
    std::uint64_t session = 0;
    std::array<InstanceId, 2> instances = {kNoIndex, kNoIndex};
  };
  int mode_;
  RandomStream stream_;
  WorkerLoad load_;
  SessionTable entry_;
  SessionTable decode_;
  std::vector<std::int64_t> groups_;  ///< sessions in flight, per instance
  FlatMap<std::uint32_t, std::uint64_t> in_flight_;
  std::vector<Placed> placed_;  ///< by slot
  Scorer scorer_;
};

}  // namespace

PolicyInfo smg_manual_policy() {
  return {"smg-manual@73da68c",
          "SMG: a session stays on the worker it was first given, at random",
          "source: lightseekorg/smg manual.rs@73da68c",
          "the session of the request; exact local counts, age 0, by assignment mode",
          DecodeStage::kWithPrefill,
          true,
          {{"assignment_mode",
            ParameterType::kChoice,
            "1",
            0,
            0,
            2,
            "worker of a new session: drawn, least loaded, or with the fewest sessions in flight",
            {"random", "min_load", "min_group"}},
           {"max_idle_s", ParameterType::kReal, "s", 14400, 0, 4.6e6,
            "a session idle for this long is forgotten at the next sweep; 0 is never"},
           {"eviction_interval_s", ParameterType::kReal, "s", 60, 0, 1e6,
            "time between sweeps; 0 is never"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<SmgManual>(values, layout);
          },
          {},
          "requests or sessions in flight, of a new session, by assignment mode",
          kGatewayLost};
}

}  // namespace pigou
