// What `pigou trace info` prints.
#pragma once

#include <string>

#include "trace/trace.hpp"

namespace pigou {

std::string trace_info(const std::string& file, const Trace& trace, bool json);

}  // namespace pigou
