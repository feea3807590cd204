// The router's parameters change, and a controller acts.
#pragma once

#include <vector>

#include "control/controller.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

struct Parts;

/// A change of the scenario is due, or the controller's tick.
void on_control(Parts& parts);
/// The changes of parameters so far, in words and seconds.
std::vector<ParameterChangeRow> applied_changes(const Parts& parts);
/// What the controller reads at the open tick.
ControlReading control_reading(Parts& parts);
/// Its answer. Throws InternalError for a parameter that may not change during a run, a value
/// outside its range, or an instance that is none.
void apply_control(Parts& parts, const std::vector<ControlAction>& actions);

}  // namespace pigou
