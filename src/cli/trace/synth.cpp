// pigou trace synth: make a trace, from a few numbers or like another one.
#include <filesystem>
#include <set>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/trace/parts.hpp"
#include "core/error.hpp"
#include "io/output_file.hpp"
#include "io/text_file.hpp"
#include "output/text/numbers.hpp"
#include "trace/synthesis/fitted/likeness.hpp"
#include "trace/synthesis/fitted/model.hpp"
#include "trace/synthesis/from_numbers.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

po::options_description like_options() {
  po::options_description options("Like another trace");
  options.add_options()  //
      ("like", po::value<std::string>()->value_name("FILE"),
       "fit a model to this trace, draw from it, and print how alike the two are")  //
      ("from", po::value<std::string>()->value_name("FIT.json"),
       "draw from a model that --fit-out wrote")  //
      ("requests", po::value<Count>()->value_name("N"),
       "rows to draw; by default as many as the trace had")                             //
      ("seed", po::value<Count>()->value_name("N"), "seed of all draws; by default 1")  //
      ("fit-out", po::value<std::string>()->value_name("FIT.json"), "write the fitted model");
  return options;
}

po::options_description synth_options() {
  return trace_output_options("Synth").add(like_options()).add(trace_reading_options());
}

int write_synthetic(const Trace& trace, const std::string& file, Publication& output) {
  write_trace(trace, OutputTarget(file, &output));
  print("wrote " + grouped(trace.rows()) + " requests to " + file + "\n");
  return kExitOk;
}

std::uint64_t count_of(const po::variables_map& values, const char* name, std::uint64_t fallback) {
  return values.count(name) > 0 ? values[name].as<Count>().value : fallback;
}

FittedModel read_model(const std::string& file) {
  std::vector<char> buffer;
  return model_from_json(std::string(read_whole_file(file, buffer)), file);
}

void check_like(const po::variables_map& values) {
  if (!words_of(values).empty())
    throw UserError("synth gives both a trace to be like and '" + words_of(values).front() + "'",
                    "the keys are for traces made from numbers", "use --requests and --seed");
  if (values.count("like") > 0 && values.count("from") > 0)
    throw UserError("synth gives both --like and --from", "a model comes from one of them",
                    "remove the other");
}

/// Refuses to write over what `values` name to read, or the trace over the fitted model.
void check_outputs(const po::variables_map& values,
                   const std::vector<std::filesystem::path>& read) {
  std::vector<std::filesystem::path> inputs = read;
  for (const char* option : {"like", "from"})
    if (values.count(option) > 0) inputs.emplace_back(values[option].as<std::string>());
  for (const char* option : {"output", "fit-out"}) {
    if (values.count(option) == 0) continue;
    const auto file = values[option].as<std::string>();
    check_target(file);
    refuse_inputs(file, inputs);
  }
  if (values.count("output") == 0 || values.count("fit-out") == 0) return;
  const std::filesystem::path trace(values["output"].as<std::string>());
  const std::filesystem::path fit(values["fit-out"].as<std::string>());
  std::error_code code;
  if (std::filesystem::weakly_canonical(trace, code) !=
      std::filesystem::weakly_canonical(fit, code))
    return;
  throw UserError("-o and --fit-out name one file", "one would replace the other",
                  "name another file for one of them");
}

int synth_like(const po::variables_map& values, Publication& output) {
  check_like(values);
  std::string file;
  if (values.count("output") > 0 || values.count("fit-out") == 0) file = trace_output_file(values);
  check_outputs(values, {});
  watch_interrupts();
  std::optional<Trace> original;
  FittedModel model;
  if (values.count("like") > 0) {
    original = read_trace(values["like"].as<std::string>(), trace_read_options(values));
    model = fit_model(*original);
  } else {
    model = read_model(values["from"].as<std::string>());
  }
  if (values.count("fit-out") > 0) {
    const auto fit = values["fit-out"].as<std::string>();
    write_file(OutputTarget(fit, &output), model_to_json(model));
    print("wrote the fitted model to " + fit + "\n");
  }
  if (file.empty()) return kExitOk;
  const Trace trace = synthesize_like(model, count_of(values, "requests", model.requests),
                                      count_of(values, "seed", 1));
  const auto rows = compare_traces(model, trace, original ? &*original : nullptr);
  for (const auto& line : describe_likeness(rows)) print(line + "\n");
  return write_synthetic(trace, file, output);
}

int synth_from_keys(const po::variables_map& values, Publication& output) {
  const std::string file = trace_output_file(values);
  for (const char* option : {"requests", "seed", "fit-out"})
    if (values.count(option) > 0)
      throw UserError(std::string("--") + option + " stands without --like or --from",
                      "it belongs to a trace that is like another one",
                      std::string("write ") + option + "=... or add --like FILE");
  SynthOptions options;
  std::set<std::string> given;
  std::vector<std::filesystem::path> inputs;
  for (const auto& word : words_of(values)) {
    const auto [key, value] = key_value(word);
    if (!given.insert(key).second)
      throw UserError("synth." + key + " is given twice", "only one of the two could count",
                      "keep one of them");
    set_synth_option(options, key, value);
    const std::size_t begin = named_file_at(key, value);
    if (begin != std::string::npos) inputs.emplace_back(value.substr(begin));
  }
  check_outputs(values, inputs);
  watch_interrupts();
  return write_synthetic(synthesize_trace(options), file, output);
}

int synth(const std::vector<std::string>& arguments, Publication& output) {
  const auto values = parse_trace_options(arguments, synth_options());
  const bool like = values.count("like") > 0 || values.count("from") > 0;
  return like ? synth_like(values, output) : synth_from_keys(values, output);
}

std::string synth_help() {
  std::string keys;
  for (const auto& name : synth_option_names()) keys.append(keys.empty() ? "" : ", ").append(name);
  return "usage: pigou trace synth KEY=VALUE ... -o FILE\n"
         "       pigou trace synth --like FILE [--requests N] [--seed N] [--fit-out FIT.json] "
         "-o FILE\n"
         "       pigou trace synth --from FIT.json [--requests N] [--seed N] -o FILE\n"
         "synth makes a trace. Keys: " +
         keys + " (pigou help scenario, workload.synth).\n\n" + options_text(synth_options());
}

}  // namespace

TracePart trace_synth_part() { return {"synth", synth, synth_help}; }

}  // namespace pigou
