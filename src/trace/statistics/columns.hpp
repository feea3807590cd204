#pragma once

#include "trace/statistics/overview.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Fills what the columns say one by one: labels, caps, cached share, calendar, passed over.
void measure_columns(const Trace& trace, TraceStatistics& out);

}  // namespace pigou
