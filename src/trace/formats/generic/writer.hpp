// Writing the generic format, under the names that its reader takes without a mapping.
#pragma once

#include "io/output_file.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Writes an open-loop trace: CSV, or JSON lines when the name ends in .jsonl or .json (before
/// .gz).
void write_generic(const Trace& trace, const OutputTarget& target);

}  // namespace pigou
