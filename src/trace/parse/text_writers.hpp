// Writers of the small public text formats. Each takes an open-loop trace, throws UserError when
// the trace lacks what the format is about, and leaves the target alone unless the file is
// complete.
#pragma once

#include "io/output_file.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Azure 2023: calendar times to 100 ns, lines ended by CRLF but for the last. A trace without a
/// calendar start begins at 1970-01-01.
void write_azure(const Trace& trace, const OutputTarget& target);
/// BurstGPT, with its session columns when the trace has sessions or recorded durations.
void write_burstgpt(const Trace& trace, const OutputTarget& target);
/// Needs a tenant for every row.
void write_vtc(const Trace& trace, const OutputTarget& target);
void write_vidur(const Trace& trace, const OutputTarget& target);
/// Qwen-Bailian JSONL, times to the microsecond. Needs ids of 16-token blocks.
void write_bailian(const Trace& trace, const OutputTarget& target);

}  // namespace pigou
