// The promises of Trace, checked: for files whose columns come ready-made.
#pragma once

#include <string>

#include "trace/trace.hpp"

namespace pigou {

/// What is wrong with `trace`, in words that name column and row; empty when it keeps every promise
/// that Trace makes: sizes, ranges, order of times, chained dense ids, whole lanes.
std::string fault_of(const Trace& trace);

}  // namespace pigou
