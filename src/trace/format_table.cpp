#include "core/error.hpp"
#include "trace/format.hpp"

namespace pigou {

// One line per format: its file defines it, this table lists it.
TraceFormat pigou_h5_format();
TraceFormat claude_code_format();
TraceFormat azure_format();
TraceFormat bailian_format();
TraceFormat dynamo_format();
TraceFormat inference_perf_format();
TraceFormat vllm_bench_format();
TraceFormat otel_format();
TraceFormat sglang_log_format();
TraceFormat vllm_log_format();
TraceFormat mooncake_format();
TraceFormat burstgpt_format();
TraceFormat servegen_format();
TraceFormat vtc_format();
TraceFormat vidur_format();
TraceFormat hashed_format();
TraceFormat generic_format();

std::span<const TraceFormat> trace_format_table() {
  // clang-format off
  static const std::vector<TraceFormat> table = {
      pigou_h5_format(),
      azure_format(),
      bailian_format(),
      dynamo_format(),
      inference_perf_format(),
      vllm_bench_format(),
      otel_format(),
      sglang_log_format(),
      vllm_log_format(),
      mooncake_format(),
      burstgpt_format(),
      servegen_format(),
      vtc_format(),
      vidur_format(),
      claude_code_format(),
      hashed_format(),
      generic_format(),
  };
  // clang-format on
  return table;
}

const std::vector<std::string>& trace_formats() {
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
