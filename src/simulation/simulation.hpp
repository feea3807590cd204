// The one event loop and the life of a request.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "cluster/cluster.hpp"
#include "cluster/links/links.hpp"
#include "simulation/breakers.hpp"
#include "simulation/clients.hpp"
#include "simulation/fleet.hpp"
#include "simulation/gateway.hpp"
#include "simulation/record/run_record.hpp"
#include "simulation/request_views.hpp"
#include "simulation/requests.hpp"
#include "simulation/retries.hpp"
#include "view/view.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// One simulation, as a value: no state on the stack, none in globals. `advance` runs to the next
/// decision, `apply` goes on from it. A copy continues on its own and ends in the same bytes.
class Simulation {
 public:
  Simulation(std::shared_ptr<const Workload> workload, const SimulationConfig& config,
             const ViewNeeds& needs);

  /// Runs to the next decision; null when nothing is left to happen.
  const Decision* advance();
  /// Applies the answer to the decision. Throws UserError for an action that is not built yet,
  /// InternalError for one that makes no sense.
  void apply(const std::vector<Action>& actions);
  /// The view of the open decision.
  RouterView& view() {
    view_.attach(cluster_);
    return view_;
  }
  /// KV events as the router came to know them: kept from the first call on, until cleared.
  std::vector<SeenKvEvent>& log_kv_events() {
    view_.attach(cluster_);
    return view_.log_kv_events();
  }
  /// Keeps every engine step from now on; needs a cluster that steps one by one.
  void log_steps() { record_.steps.switch_on(cluster_.instances()); }
  const std::vector<StepRecord>& steps() const { return record_.steps.records(); }
  /// Columns and summary, once advance() has returned null.
  RunResult finish();

  SimTime now() const { return now_; }
  std::uint64_t done() const { return record_.counts.done; }
  const Cluster& cluster() const { return cluster_; }
  /// Checks the conservation laws at this instant; throws InternalError naming the law.
  void check_laws() const;

 private:
  /// Sources in the event tree, in id order. Ties at (time, phase) go to the smaller id.
  struct Sources {
    std::uint32_t timeout = 0;
    std::uint32_t refill = 1;
    std::uint32_t instances = 2;
    std::uint32_t links = 0;
    std::uint32_t lanes = 0;
    std::uint32_t ticks = 0;
    std::uint32_t timers = 0;  ///< one per replica, as are servers
    std::uint32_t servers = 0;
    std::uint32_t deliveries = 0;
    std::uint32_t reports = 0;
    std::uint32_t news = 0;
    std::uint32_t fleet = 0;
    std::uint32_t retries = 0;
    std::uint32_t breakers = 0;
    std::uint32_t count = 0;
  };

  // simulation.cpp: the loop.
  bool step();
  void dispatch(const EventKey& key);
  void dispatch_rare(std::uint32_t source);
  void prefetch_contenders();
  void prefetch(std::uint32_t source, bool further) const;
  void prefetch_arrivals() const;
  void check_nobody_waits() const;
  // arriving.cpp: a request arrives.
  void arrive(std::uint32_t request);
  const char* rejection(const RequestState& state) const;
  void on_timeout();

  // asking.cpp, reporting.cpp: between clients and engines.
  Ask ask_about(Hook hook, std::uint32_t slot, std::uint32_t instance) const;
  void question(const Ask& ask);
  void serve(std::uint32_t replica);
  bool outdated(const Ask& ask);
  void open(const Ask& ask);
  void next_ask();
  void room_freed(std::uint32_t replica);
  void ask_for_room();
  void on_timer(std::uint32_t replica);
  void send(std::uint32_t slot, bool decode);
  void on_delivery();
  void report(Report::Kind kind, std::uint32_t slot, bool asks);
  /// Whether a report is an event although nobody acts on it: requests in a router's own queue wait
  /// for what it tells.
  bool hears_all() const { return !gateway_.queue.empty() && view_.needs().room_freed; }
  void arm_reports() { gateway_.reports.arm(hears_all()); }
  /// Reports come in order, and often: they need no place in the tree.
  EventKey next_event() const {
    const EventKey report{gateway_.reports.time(), Phase::kTimer, sources_.reports};
    return std::min(events_.top(), report);
  }
  void on_report();
  void settle_reports(SimTime until);
  Ask ask_after(Report::Kind kind, std::uint32_t slot) const;
  void settle(Report::Kind kind, std::uint32_t slot, std::uint32_t replica, std::uint32_t request,
              const Booking& entry, const Booking& decode);
  void tell_peers(PeerNews::Kind kind, std::uint32_t slot, std::uint32_t replica,
                  std::uint32_t request, const Booking& booking);
  void on_news();
  void hear_peer(const PeerNews& news);

  // output_blocks.cpp
  void book_output(std::uint32_t replica);

  // actions.cpp: what a policy's answer does.
  void act(const Action& action);
  void turn_to(std::uint32_t slot);
  void reject(std::uint32_t slot, Refusal refusal);
  void queue(std::uint32_t slot, std::int64_t order);
  void unqueue(std::uint32_t slot);

  // moves.cpp: from one instance to another.
  void move_queued(std::uint32_t slot, std::uint32_t instance, std::int64_t believed);
  void migrate(std::uint32_t slot, std::uint32_t instance);
  void on_departed(std::uint32_t slot, std::uint32_t call);
  void resume(std::uint32_t slot, std::uint32_t instance, bool pulls);

  // fleet_changes.cpp: instances that come and go.
  void init_fleet();
  void on_fleet();
  void change_fleet(const FleetDue& due);
  void come_up(std::uint32_t instance);
  void drain(std::uint32_t instance);
  void finish_drains();
  void fail(std::uint32_t instance);
  void announce(std::uint32_t instance, bool available);
  void tell_available(std::uint32_t replica, std::uint32_t instance);
  void tell_changed(std::uint32_t replica, std::uint32_t instance);

  // losses.cpp: once more, or the end of it.
  bool hold(const Ask& ask);
  void ask_held();
  void fail_held();
  void lose(std::uint32_t slot);
  void heard_of_loss(std::uint32_t slot);
  void count_failure(std::uint32_t replica, std::uint32_t instance);
  void count_success(const RequestState& state);
  void on_breaker();
  void try_again(std::uint32_t slot);
  void on_retry();
  void ask_again(std::uint32_t slot);

  // leaving.cpp: what is let go of when a client, an instance or an attempt is gone.
  void unpin(RequestState& state);
  void let_go(std::uint32_t slot);
  void detach(std::uint32_t call);
  void on_aborted(std::uint32_t slot, std::uint32_t call);
  void call_off_transfer(std::uint32_t slot);
  void give_up(std::uint32_t slot);
  bool expects(const RequestState& state, std::uint32_t instance) const;
  bool bound_to(const RequestState& state, std::uint32_t instance) const;
  void lose_all(std::uint32_t instance);
  static void keep_answer(RequestState& state, const Call& call);
  void on_lost(std::uint32_t slot, std::uint32_t call);
  void lose_bound(std::uint32_t slot);
  void lose_hand_off(std::uint32_t slot);
  void check_holds() const;

  // life.cpp: what happens to one.
  bool refused(std::uint32_t slot, std::uint32_t instance, std::uint32_t output);
  void place_entry(std::uint32_t slot, std::uint32_t instance, std::int64_t believed);
  void place_decode(std::uint32_t slot, std::uint32_t instance);
  void deliver(std::uint32_t slot, bool decode);
  void on_transfer(std::uint32_t instance);
  void drain_notices();
  void on_notice(const Notice& notice);
  void computed(RequestState& state, std::uint32_t tokens);
  void on_admitted(RequestState& state, const Call& call, std::uint64_t hit);
  void on_token(std::uint32_t slot, std::uint32_t call);
  void on_finished(std::uint32_t slot, std::uint32_t call);
  void end(std::uint32_t slot, Outcome outcome);
  void touch(std::uint32_t instance, Phase phase) {
    view_.before_change(instance, cluster_, now_, phase);
  }
  void after(std::uint32_t instance) {
    view_.after_engine(instance, cluster_);
    if (!cluster_.notices.empty()) drain_notices();
    if (fleet_.draining()) [[unlikely]]
      finish_drains();
  }

  std::shared_ptr<const Workload> workload_;
  SimulationConfig config_;
  bool split_ = false;
  bool prefetches_ = false;
  /// What has been prefetched for each contender: a source, and whether its further state as well.
  struct Prefetched {
    std::uint32_t source = kNoIndex;
    bool further = false;
  };
  std::array<Prefetched, EventTree::kContenders> contenders_{};
  Sources sources_;
  SimTime now_;
  EventTree events_;
  Cluster cluster_;
  Links links_;
  View view_;
  RunRecord record_;
  RequestViews views_;
  Decision decision_;
  bool deciding_ = false;
  Clients clients_;
  Requests requests_;
  Gateway gateway_;
  std::uint32_t view_slot_ = kNoIndex;
  Fleet fleet_;
  Breakers breakers_;
  Retries retries_;
};

}  // namespace pigou
