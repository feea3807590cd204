// What a controller is: asked at every tick, it reads signals as old as they are, sets parameters
// of the router and asks instances to join or drain. See docs/control.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/time.hpp"
#include "view/columns.hpp"

namespace pigou {

/// What a controller may know at a tick. What it points to is valid during that tick.
struct ControlReading {
  SimTime now;
  SimTime signal_age;  ///< of the gauges
  /// Of all instances, entry ones first, as they were `signal_age` ago; a `tick` below 0: nothing
  /// has come from that instance yet.
  GaugeColumns gauges;
  const FleetShape* fleet = nullptr;
  /// By instance, whether routers take it for up.
  std::vector<std::uint8_t> taken_for_up;
  /// Values of the router's parameters now, in the order of their declarations.
  std::span<const double> parameters;
  // The gateway's own counts, of no age.
  std::uint64_t arrived = 0;  ///< requests that have come
  std::uint64_t ended = 0;    ///< that have left, whatever their outcome
};

struct ControlAction {
  enum class Kind : std::uint8_t {
    kSetParameter,  ///< to `value`, of all router replicas, before they decide again
    kJoin,          ///< an instance that is down starts, and takes requests once it has booted
    kDrain,         ///< an instance finishes what it has, and is down then
  };
  Kind kind = Kind::kSetParameter;
  std::uint32_t target = 0;  ///< place of the parameter in its declarations, or the instance
  double value = 0;
};

/// Sees only readings and answers with actions; what makes no sense in an instance's present state
/// (a join of one that is up) is passed over. Its state is its own. A value: `clone` lets a
/// simulation be copied midway.
class Controller {
 public:
  virtual ~Controller() = default;
  virtual void tick(const ControlReading& reading, std::vector<ControlAction>& actions) = 0;
  virtual std::unique_ptr<Controller> clone() const = 0;
};

}  // namespace pigou
