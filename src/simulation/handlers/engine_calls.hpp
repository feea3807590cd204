// What stands around every call of an engine.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "simulation/handlers/fleet_changes.hpp"
#include "simulation/handlers/notices.hpp"
#include "simulation/parts.hpp"

namespace pigou {

/// `instance` is about to change at (now, phase).
inline void touch(Parts& parts, InstanceId instance, Phase phase) {
  parts.view.before_change(instance, parts.cluster, parts.loop.now, phase);
}

/// Its engine has run: its KV events are taken over and its notices acted on.
inline void after(Parts& parts, InstanceId instance) {
  parts.view.after_engine(instance, parts.cluster);
  if (!parts.cluster.notices.empty()) drain_notices(parts);
  if (parts.fleet.draining()) [[unlikely]]
    finish_drains(parts);
}

}  // namespace pigou
