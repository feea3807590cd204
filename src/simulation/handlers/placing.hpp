// A request goes to the instances its router chose.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace pigou {

struct Parts;

/// `believed` < 0: what the view believes.
void place_entry(Parts& parts, SlotId slot, InstanceId instance, std::int64_t believed);
/// The decode side is chosen, by the router now or with the prefill side before.
void place_decode(Parts& parts, SlotId slot, InstanceId instance);
/// A call reaches its engine.
void deliver(Parts& parts, SlotId slot, bool decode);

}  // namespace pigou
