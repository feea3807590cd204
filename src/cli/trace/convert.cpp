// pigou trace convert: write a trace in another format.
#include <filesystem>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/trace/parts.hpp"
#include "core/error.hpp"
#include "output/text/numbers.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

po::options_description convert_options() {
  po::options_description options = trace_output_options("Convert");
  options.add_options()("to", po::value<std::string>()->value_name("NAME"),
                        "format to write; default by the name of the file");
  return options.add(trace_reading_options());
}

std::string writable_names() {
  std::string names;
  for (const TraceFormat& format : trace_format_table()) {
    if (format.write == nullptr) continue;
    names.append(names.empty() ? "" : ", ").append(format.name);
    if (!format.suffix.empty()) names.append(" (").append(format.suffix).append(")");
  }
  return names;
}

/// The files named, as "A B" or "A -o B".
std::pair<std::string, std::string> files_of(const po::variables_map& values) {
  auto words = words_of(values);
  if (values.count("output") > 0) words.push_back(trace_output_file(values));
  if (words.size() != 2)
    throw UserError(words.size() < 2 ? "two files are needed" : "more than two files given",
                    "the trace that is read and the one that is written",
                    "use pigou trace convert A B");
  check_target(words[1]);
  return {words[0], words[1]};
}

int convert(const std::vector<std::string>& arguments, Publication& output) {
  const auto values = parse_trace_options(arguments, convert_options());
  const auto [source, file] = files_of(values);
  const std::filesystem::path inputs[] = {source};
  refuse_inputs(file, inputs);
  watch_interrupts();
  const auto to = values.count("to") > 0 ? values["to"].as<std::string>() : std::string();
  const TraceFormat& format = writable_format(file, to);
  const Trace trace = read_trace(source, trace_read_options(values));
  write_trace(trace, OutputTarget(file, &output), std::string(format.name));
  print("wrote " + grouped(trace.rows()) + " requests to " + file + " (" +
        std::string(format.name) + ")\n");
  if (const std::string lost = lost_columns(trace, format); !lost.empty())
    print("lost: " + lost + "\n");
  return kExitOk;
}

std::string convert_help() {
  return "usage: pigou trace convert FILE TARGET [options]\n"
         "convert writes a trace in another format and prints what that format cannot hold.\n"
         "Formats to write: " +
         writable_names() + ".\n\n" + options_text(convert_options());
}

}  // namespace

TracePart trace_convert_part() { return {"convert", convert, convert_help}; }

}  // namespace pigou
