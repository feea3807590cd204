// What changes the router's parameters while a simulation runs, and when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/event_tree.hpp"
#include "core/parameter.hpp"
#include "core/time.hpp"
#include "simulation/config.hpp"

namespace pigou {

enum class ChangedBy : std::uint8_t { kScenario, kController };

/// A change of a parameter that has happened.
struct AppliedChange {
  SimTime time;
  std::uint32_t parameter = 0;  ///< its place in the declarations
  double value = 0;
  ChangedBy by = ChangedBy::kScenario;
};

/// The scenario's changes in order of time, the controller's next tick, and the values in force.
/// The next of them is an event of the source given. The first tick is one period after the start.
/// Without changes and ticks it is off and has no event.
class Control {
 public:
  Control() = default;
  Control(const ControlConfig& config, ParameterValues values, std::uint32_t source);

  bool on() const { return ticks() || !changes_.empty(); }
  bool ticks() const { return period_.ps > 0; }
  SimTime signal_age() const { return age_; }
  /// Values of the router's parameters, in the order of their declarations.
  const ParameterValues& values() const { return values_; }
  /// A parameter changes. The number of the change in applied().
  std::uint32_t set(const AppliedChange& change);
  /// Every change so far, in order.
  const std::vector<AppliedChange>& applied() const { return applied_; }

  /// Sets the source's event to the next change or tick; none left: it has none.
  void arm(EventTree& events) const;
  /// Nobody cares for changes and ticks any more.
  void disarm(EventTree& events) const { events.cancel(source_); }
  /// The next change that is due at `now`, in the scenario's order where times are equal.
  std::optional<ParameterChange> take_change(SimTime now);
  /// Whether the controller ticks at `now`; the next tick is a period later.
  bool take_tick(SimTime now);
  /// A tick has been answered, `acted` or with nothing, when `events` had happened; `closed`: a
  /// side of the cluster takes nobody. True: for so many ticks in a row nothing went on but the
  /// clock, or nobody was let in, that nothing will.
  bool gives_up(bool acted, std::uint64_t events, bool closed);

 private:
  SimTime next() const;

  struct Planned {
    SimTime time;
    ParameterChange change;
  };

  std::uint32_t source_ = 0;
  SimTime period_, age_, next_tick_;
  ParameterValues values_;
  std::vector<Planned> changes_;
  std::size_t changed_ = 0;  ///< of them
  std::vector<AppliedChange> applied_;
  std::uint64_t events_ = 0;  ///< at the last tick
  std::uint32_t idle_ticks_ = 0;
};

}  // namespace pigou
