// pigou trace: look into a trace, make one, write one in another format.
#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/trace_info.hpp"
#include "core/error.hpp"
#include "output/hdf5_writer.hpp"
#include "output/number_text.hpp"
#include "trace/reader.hpp"
#include "trace/synthesis.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

using Texts = std::vector<std::string>;

po::options_description reading_options() {
  po::options_description options("Reading");
  options.add_options()  //
      ("format", po::value<std::string>()->value_name("NAME"),
       "one of pigou list formats; default by content")  //
      ("map", po::value<Texts>()->value_name("KEY=VALUE"),
       "generic: a column or key, e.g. input_tokens=prompt_len; may be repeated")  //
      ("lenient", po::bool_switch(), "skip and count broken rows");
  return options;
}

po::options_description info_options() {
  po::options_description options("Info");
  options.add_options()("json", po::bool_switch(), "print one JSON document");
  return options.add(reading_options());
}

po::options_description output_options(const char* title) {
  po::options_description options(title);
  options.add_options()("output,o", po::value<std::string>()->value_name("FILE.jsonl[.gz]"),
                        "Mooncake JSONL to write, compressed when it ends in .gz");
  return options;
}

po::variables_map parse(const Texts& arguments, const po::options_description& visible) {
  po::options_description hidden;
  hidden.add_options()("words", po::value<Texts>());
  po::positional_options_description positional;
  positional.add("words", -1);
  return parse_options("trace", arguments, visible, positional, hidden);
}

Texts words_of(const po::variables_map& values) {
  return values.count("words") > 0 ? values["words"].as<Texts>() : Texts{};
}

/// "key=value" in two.
std::pair<std::string, std::string> key_value(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UserError("'" + text + "' cannot be read", "it is not key=value",
                    "write e.g. requests=1000");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ReadOptions read_options(const po::variables_map& values) {
  ReadOptions options;
  if (values.count("format") > 0) {
    options.format = values["format"].as<std::string>();
    const auto& known = trace_formats();
    if (std::find(known.begin(), known.end(), options.format) == known.end())
      throw UserError("unknown format '" + options.format + "'", "no reader has that name",
                      suggest_name(options.format, known));
  }
  options.lenient = values["lenient"].as<bool>();
  if (values.count("map") == 0) return options;
  for (const auto& text : values["map"].as<Texts>()) {
    const auto [key, value] = key_value(text);
    set_mapping(options.mapping, key, value);
  }
  return options;
}

std::string one_file(const po::variables_map& values) {
  const auto words = words_of(values);
  if (words.size() != 1)
    throw UserError(words.empty() ? "no trace given" : "more than one trace given",
                    "this reads one file or folder", "try pigou help trace");
  return words.front();
}

std::string output_file(const po::variables_map& values) {
  if (values.count("output") == 0)
    throw UserError("no output file given", "the trace has to go somewhere",
                    "add -o FILE.jsonl.gz");
  auto file = values["output"].as<std::string>();
  check_target(file);
  return file;
}

int info(const Texts& arguments) {
  const auto values = parse(arguments, info_options());
  const std::string file = one_file(values);
  const Trace trace = read_trace(file, read_options(values));
  print(trace_info(file, trace, values["json"].as<bool>()));
  return kExitOk;
}

int synth(const Texts& arguments) {
  const auto values = parse(arguments, output_options("Synth"));
  const std::string file = output_file(values);
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

int convert(const Texts& arguments) {
  const auto values = parse(arguments, output_options("Convert").add(reading_options()));
  const std::string source = one_file(values);
  const std::string file = output_file(values);
  std::error_code code;
  if (std::filesystem::equivalent(source, file, code))
    throw UserError("cannot write " + file, "it is the trace that is read",
                    "name another file after -o");
  const Trace trace = read_trace(source, read_options(values));
  write_trace(trace, file);
  print("wrote " + grouped(trace.rows()) + " requests to " + file + "\n");
  return kExitOk;
}

}  // namespace

int trace_command(const Invocation& invocation) {
  if (invocation.arguments.empty())
    throw UserError("nothing to do with a trace", "trace has three parts",
                    "use pigou trace info, synth or convert");
  const std::string& part = invocation.arguments.front();
  const Texts rest(invocation.arguments.begin() + 1, invocation.arguments.end());
  if (part == "info") return info(rest);
  if (part == "synth") return synth(rest);
  if (part == "convert") return convert(rest);
  throw UserError("unknown part 'trace " + part + "'", "trace has three",
                  suggest_name(part, {"info", "synth", "convert"}));
}

std::string trace_help() {
  std::string keys;
  for (const auto& name : synth_option_names()) keys.append(keys.empty() ? "" : ", ").append(name);
  return "usage: pigou trace info FILE [options]\n"
         "       pigou trace synth KEY=VALUE ... -o FILE.jsonl[.gz]\n"
         "       pigou trace convert FILE -o FILE.jsonl[.gz] [options]\n\n"
         "info prints what a trace holds; synth makes one; convert writes one as Mooncake JSONL.\n"
         "Keys of synth: " +
         keys + " (pigou help scenario, workload.synth).\n\n" + options_text(info_options()) +
         "\n" + options_text(output_options("Synth and convert"));
}

}  // namespace pigou
