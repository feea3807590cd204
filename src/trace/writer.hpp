// Writing traces: one entry for every format that can be written.
#pragma once

#include <string>

#include "io/output_file.hpp"
#include "trace/format.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// The format called `name` or, when that is empty, the one whose suffix `path` has (before .gz).
/// Throws UserError when there is none or it cannot be written.
const TraceFormat& writable_format(const std::string& path, const std::string& name = "");

/// Writes `trace` to `target` in `format`, or when that is empty in the format that the name of the
/// file says. Throws UserError when the format cannot hold the trace. Into formats without sessions
/// these are written as they arrived.
void write_trace(const Trace& trace, const OutputTarget& target, const std::string& format = "");

/// The columns of `trace` that a file in `format` does not give back, for people; empty: none.
std::string lost_columns(const Trace& trace, const TraceFormat& format);

/// The rows of a closed-loop trace at their recorded times, sorted. Throws UserError when its
/// sessions have no recorded start. Other traces come back as they are.
Trace as_it_arrived(Trace trace);

/// Writes `trace` as Mooncake JSONL to `target`, gzip-compressed when the name ends in .gz, where
/// it appears only when complete. Sessions are written at their recorded times. Throws UserError
/// when the trace has no 512-token block ids, or has sessions without recorded starts.
void write_mooncake(const Trace& trace, const OutputTarget& target);

/// Numbers block ids by first sight, as readers do, so that equal traces give equal files; ids that
/// no row has go.
void number_blocks(Trace& trace);

}  // namespace pigou
