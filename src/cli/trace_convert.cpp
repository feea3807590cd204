// pigou trace convert: write a trace in another format.
#include <filesystem>

#include "cli/command.hpp"
#include "cli/trace_parts.hpp"
#include "core/error.hpp"
#include "output/number_text.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

po::options_description convert_options() {
  return trace_output_options("Convert").add(trace_reading_options());
}

int convert(const std::vector<std::string>& arguments) {
  const auto values = parse_trace_options(arguments, convert_options());
  const auto words = words_of(values);
  if (words.size() != 1)
    throw UserError(words.empty() ? "no trace given" : "more than one trace given",
                    "this reads one file or folder", "try pigou help trace");
  const std::string& source = words.front();
  const std::string file = trace_output_file(values);
  std::error_code code;
  if (std::filesystem::equivalent(source, file, code))
    throw UserError("cannot write " + file, "it is the trace that is read",
                    "name another file after -o");
  const Trace trace = read_trace(source, trace_read_options(values));
  write_trace(trace, file);
  print("wrote " + grouped(trace.rows()) + " requests to " + file + "\n");
  return kExitOk;
}

std::string convert_help() {
  return "usage: pigou trace convert FILE -o FILE.jsonl[.gz] [options]\n"
         "convert writes a trace as Mooncake JSONL.\n\n" +
         options_text(convert_options());
}

}  // namespace

TracePart trace_convert_part() { return {"convert", convert, convert_help}; }

}  // namespace pigou
