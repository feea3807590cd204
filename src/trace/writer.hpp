// Writing traces: one entry for every format that can be written.
#pragma once

#include <string>

#include "trace/trace.hpp"

namespace pigou {

/// Writes `trace` to `path` in `format`, or when that is empty in the format that the name of the
/// file says. Throws UserError when the format cannot hold the trace.
void write_trace(const Trace& trace, const std::string& path, const std::string& format = "");

/// Writes `trace` as Mooncake JSONL to `path`, gzip-compressed when the name ends in .gz; `path`
/// appears only when complete. Sessions are written at their recorded times. Throws UserError when
/// the trace has no 512-token block ids, or has sessions without recorded starts.
void write_mooncake(const Trace& trace, const std::string& path);

}  // namespace pigou
