// Instances join, drain, fail and recover, and what that does to requests. docs/fleet.md.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace pigou {

struct Parts;

/// Routers know from the start who is not there.
void start_fleet(Parts& parts);
/// The controller lets `instance` join or drain, as a change of the scenario's would.
void change_by_controller(Parts& parts, InstanceId instance, bool joins);
/// What is due to change in the fleet.
void on_fleet(Parts& parts);
/// Instances that finish what they have and have nothing left are down.
void finish_drains(Parts& parts);
/// What `replica` may send to: the instances it takes for up whose breakers are not open.
void tell_available(Parts& parts, ReplicaId replica, InstanceId instance);
/// `replica`'s policy is told that `instance` has changed.
void tell_changed(Parts& parts, ReplicaId replica, InstanceId instance);

}  // namespace pigou
