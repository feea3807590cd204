#include "core/error.hpp"
#include "trace/format.hpp"

namespace pigou {

// One line per format: its file defines it, this table lists it.
TraceFormat claude_code_format();
TraceFormat azure_format();
TraceFormat mooncake_format();
TraceFormat generic_format();

TraceFormat burstgpt_format();
TraceFormat vtc_format();
TraceFormat vidur_format();
std::span<const TraceFormat> trace_format_table() {
  static const std::vector<TraceFormat> table = {
      azure_format(),
  // clang-format off
      mooncake_format(),
      claude_code_format(),
      generic_format(),
  };
  return table;
      burstgpt_format(),
      vtc_format(),
      vidur_format(),
}

const std::vector<std::string>& trace_formats() {
  // clang-format on
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const TraceFormat& format : trace_format_table()) all.emplace_back(format.name);
    return all;
  }();
  return names;
}

const TraceFormat& find_trace_format(std::string_view name) {
  for (const TraceFormat& format : trace_format_table())
    if (format.name == name) return format;
  throw UserError("unknown trace format '" + std::string(name) + "'", "no reader of that name",
                  suggest_name(name, trace_formats()));
}

}  // namespace pigou
