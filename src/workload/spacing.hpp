// Open-loop arrivals in another shape, the order of requests kept.
#pragma once

#include <cstdint>

#include "trace/trace.hpp"

namespace pigou {

/// Requests that arrive at one instant go evenly over the time until the next instant at which any
/// arrives; those of the last one at the pace of the one before. A trace on a coarse clock
/// (Mooncake: 3 s) is so replayed by DualMap's request generator.
void spread_instants(Trace& trace);

/// The first `requests` rows arrive `1 / rate` apart, from 0 on; the rest follow as they did after
/// the first of them, which comes `1 / rate` after the last of these. Throws UserError beyond 53
/// days. Rows in order of arrival.
void warm_up(Trace& trace, std::uint64_t requests, double rate);

}  // namespace pigou
