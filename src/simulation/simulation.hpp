// One simulation, as whoever drives it sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "simulation/handlers/controlling.hpp"
#include "simulation/parts.hpp"

namespace pigou {

/// One simulation, as a value: no state on the stack, none in globals. `advance` runs to the next
/// decision, `apply` goes on from it. A copy continues on its own and ends in the same bytes.
class Simulation {
 public:
  Simulation(std::shared_ptr<const Workload> workload, const SimulationConfig& config,
             const ViewNeeds& needs)
      : parts_(std::move(workload), config, needs) {}

  /// Runs to the next decision, or through everything that happens up to and at `until`: null then,
  /// and when nothing is left to happen. Where it pauses moves no event.
  const Decision* advance(SimTime until = kNever);
  /// Whether nothing is left to happen.
  bool over() const { return over_; }
  /// Applies the answer to the decision. Throws UserError for an action that is not built yet,
  /// InternalError for one that makes no sense.
  void apply(const std::vector<Action>& actions);
  /// At a control tick: what the controller may know of it, and its answer.
  ControlReading reading() {
    parts_.view.attach(parts_.cluster);
    return control_reading(parts_);
  }
  void control(const std::vector<ControlAction>& actions);
  /// What a policy needs of the view after Policy::set, told before the change is applied.
  void follow(const ViewNeeds& needs) { parts_.view.follow(parts_.asked.decision.replica, needs); }
  /// The view of the open decision.
  RouterView& view() {
    parts_.view.attach(parts_.cluster);
    return parts_.view;
  }
  /// KV events as the router came to know them: kept from the first call on, until cleared.
  std::vector<SeenKvEvent>& log_kv_events() {
    parts_.view.attach(parts_.cluster);
    return parts_.view.log_kv_events();
  }
  /// Keeps every engine step from now on; needs a cluster that steps one by one.
  void log_steps() { parts_.record.steps.switch_on(parts_.cluster.instances()); }
  const std::vector<StepRecord>& steps() const { return parts_.record.steps.records(); }
  /// Columns and summary, once nothing is left to happen.
  RunResult finish();

  /// Of the last event.
  SimTime now() const { return parts_.loop.now; }
  /// Requests that have ended.
  std::uint64_t done() const { return parts_.record.counts.done; }
  const Cluster& cluster() const { return parts_.cluster; }
  /// Checks the conservation laws at this instant; throws InternalError naming the law.
  void check_laws() const;

 private:
  void close();

  Parts parts_;
  bool over_ = false;
};

}  // namespace pigou
