#include "simulation/simulation.hpp"

#include "core/error.hpp"
#include "simulation/event_loop.hpp"
#include "simulation/handlers/actions.hpp"
#include "simulation/handlers/laws.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/unused_labels.hpp"

namespace pigou {

const Decision* Simulation::advance(SimTime until) {
  require(!parts_.asked.open, "apply() answers a decision before advance() goes on");
  while (!parts_.asked.open) {
    const Progressed progressed = progress(parts_, until);
    if (progressed == Progressed::kOn) continue;
    if (progressed == Progressed::kPaused) return nullptr;
    if (!parts_.retries.holds()) {
      close();
      return nullptr;
    }
    fail_held(parts_);
  }
  return &parts_.asked.decision;
}

/// Nothing is left to happen.
void Simulation::close() {
  check_nobody_waits(parts_);
  settle_reports(parts_, kNever);
  parts_.view.close(parts_.cluster, parts_.record.counts.last_end);
  over_ = true;
}

void Simulation::apply(const std::vector<Action>& actions) {
  require(parts_.asked.open && parts_.asked.decision.hook != Hook::kControlTick,
          "apply() answers a decision");
  parts_.view.attach(parts_.cluster);
  apply_answer(parts_, actions);
}

void Simulation::control(const std::vector<ControlAction>& actions) {
  parts_.view.attach(parts_.cluster);
  apply_control(parts_, actions);
}

void Simulation::check_laws() const { pigou::check_laws(parts_); }

RunResult Simulation::finish() {
  RunEnd end;
  end.cluster = &parts_.cluster;
  end.kv_loss = &parts_.view.kv_loss();
  end.transferred_bytes = parts_.links.sent_bytes();
  end.up_ps = parts_.fleet.up_ps(parts_.record.counts.last_end);
  end.unused =
      unused_labels(parts_.workload->trace, parts_.view.needs().labels, parts_.config.gateway);
  end.changes = applied_changes(parts_);
  return parts_.record.finish(end);
}

}  // namespace pigou
