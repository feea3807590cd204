// pigou trace synth: make a trace.
#include <set>

#include "cli/command.hpp"
#include "cli/trace_parts.hpp"
#include "core/error.hpp"
#include "output/number_text.hpp"
#include "trace/synthesis.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

int synth(const std::vector<std::string>& arguments) {
  const auto values = parse_trace_options(arguments, trace_output_options("Synth"));
  const std::string file = trace_output_file(values);
  SynthOptions options;
  std::set<std::string> given;
  for (const auto& word : words_of(values)) {
    const auto [key, value] = key_value(word);
    if (!given.insert(key).second)
      throw UserError("synth." + key + " is given twice", "only one of the two could count",
                      "keep one of them");
    set_synth_option(options, key, value);
  }
  const Trace trace = synthesize_trace(options);
  write_trace(trace, file);
  print("wrote " + grouped(trace.rows()) + " requests to " + file + "\n");
  return kExitOk;
}

std::string synth_help() {
  std::string keys;
  for (const auto& name : synth_option_names()) keys.append(keys.empty() ? "" : ", ").append(name);
  return "usage: pigou trace synth KEY=VALUE ... -o FILE.jsonl[.gz]\n"
         "synth makes a trace. Keys: " +
         keys + " (pigou help scenario, workload.synth).\n\n" +
         options_text(trace_output_options("Synth"));
}

}  // namespace

TracePart trace_synth_part() { return {"synth", synth, synth_help}; }

}  // namespace pigou
