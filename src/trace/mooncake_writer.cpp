#include <algorithm>
#include <charconv>
#include <numeric>

#include "core/error.hpp"
#include "io/output_file.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kBlockTokens = 512;

void append_number(std::string& line, std::uint64_t value) {
  char digits[24];
  line.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// When each row is sent: sessions at their recorded start.
std::vector<SimTime> row_times(const Trace& trace) {
  std::vector<SimTime> times = trace.arrival;
  for (const Trace::Lane& lane : trace.lanes)
    for (std::uint32_t row = lane.first_row; row < lane.end_row; ++row)
      times[row] += trace.session_arrival[lane.session];
  return times;
}

void check_writable(const Trace& trace) {
  if (trace.block_tokens != kBlockTokens)
    throw UserError("the trace cannot be written as Mooncake JSONL",
                    "that format has block ids of 512 tokens each", "set block_tokens to 512");
  if (trace.closed_loop() && trace.session_arrival.empty())
    throw UserError("the trace cannot be written as Mooncake JSONL",
                    "its sessions have no recorded start times", "write an open-loop trace");
}

}  // namespace

void write_mooncake(const Trace& trace, const std::string& path) {
  check_writable(trace);
  const std::vector<SimTime> times = row_times(trace);
  std::vector<std::uint32_t> order(trace.rows());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return times[a] < times[b]; });
  OutputFile file(path);
  std::string line;
  for (const std::uint32_t row : order) {
    line = "{\"timestamp\": ";
    append_number(line, static_cast<std::uint64_t>(times[row].ps / kPsPerMillisecond));
    line += ", \"input_length\": ";
    append_number(line, trace.input_tokens[row]);
    line += ", \"output_length\": ";
    append_number(line, trace.output_tokens[row]);
    line += ", \"hash_ids\": [";
    bool first = true;
    for (const std::uint32_t id : trace.blocks(row)) {
      if (!first) line += ", ";
      first = false;
      append_number(line, id);
    }
    line += "]}\n";
    file.write(line);
  }
  file.commit();
}

}  // namespace pigou
