// Dynamo's policy classes from one seed, for random scenarios.
#pragma once

#include <cstdint>

#include "simulation/config.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Now and then, where the router has them: one to three families by one to three buckets, perhaps
/// a class of no family, each with whatever rule; and words in the trace that name them or nobody.
void draw_classes(std::uint64_t seed, Trace& trace, RouterConfig& router);

}  // namespace pigou
