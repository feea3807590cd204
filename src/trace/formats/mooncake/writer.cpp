#include "trace/writer.hpp"
#include "core/error.hpp"
#include "io/output_file.hpp"
#include "trace/parse/row_text.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kBlockTokens = 512;

}  // namespace

void write_mooncake(const Trace& trace, const OutputTarget& target) {
  if (trace.block_tokens != kBlockTokens)
    throw UserError("the trace cannot be written as Mooncake JSONL",
                    "that format has block ids of 512 tokens each, this trace " +
                        block_words(trace.block_tokens),
                    "write it --to pigou or --to generic");
  if (trace.closed_loop()) return write_mooncake(as_it_arrived(trace), target);
  OutputFile file(target);
  IdNames names(trace);
  std::string line;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    line = "{\"timestamp\": ";
    append_number(line, static_cast<std::uint64_t>(trace.arrival[row].ps / kPsPerMillisecond));
    line += ", \"input_length\": ";
    append_number(line, trace.input_tokens[row]);
    line += ", \"output_length\": ";
    append_number(line, trace.output_tokens[row]);
    line += ", \"hash_ids\": [";
    names.append(line, row, ", ");
    line += "]}\n";
    file.write(line);
  }
  file.commit();
}

}  // namespace pigou
