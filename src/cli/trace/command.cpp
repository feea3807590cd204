// pigou trace: look into a trace, make one, write one in another format. This file holds the list
// of parts, what they share, and `info`.
#include <algorithm>

#include "cli/command.hpp"
#include "cli/trace/parts.hpp"
#include "core/error.hpp"
#include "trace/reader.hpp"

namespace pigou {
namespace {

using Texts = std::vector<std::string>;

const std::vector<TracePart>& parts() {
  static const std::vector<TracePart> all = {
      trace_info_part(),
      trace_synth_part(),
      trace_convert_part(),
      trace_hash_part(),
  };
  return all;
}

}  // namespace

po::options_description trace_reading_options() {
  po::options_description options("Reading");
  options.add_options()  //
      ("format", po::value<std::string>()->value_name("NAME"),
       "one of pigou list formats; default by content")  //
      ("map", po::value<Texts>()->value_name("KEY=VALUE"),
       "generic: a column or key, e.g. input_tokens=prompt_len; may be repeated")  //
      ("lenient", po::bool_switch(), "skip and count broken rows");
  std::string keys;
  for (const auto& name : read_option_names()) keys.append(keys.empty() ? "" : ", ").append(name);
  options.add_options()("read", po::value<Texts>()->value_name("KEY=VALUE"),
                        ("as workload.read of a scenario: " + keys + "; may be repeated").c_str());
  return options;
}

po::options_description trace_output_options(const char* title) {
  po::options_description options(title);
  options.add_options()("output,o", po::value<std::string>()->value_name("FILE"),
                        "the trace to write: .h5, .csv or .jsonl, .gz to compress text");
  return options;
}

po::variables_map parse_trace_options(const Texts& arguments,
                                      const po::options_description& visible) {
  po::options_description hidden;
  hidden.add_options()("words", po::value<Texts>());
  po::positional_options_description positional;
  positional.add("words", -1);
  return parse_options("trace", arguments, visible, positional, hidden);
}

Texts words_of(const po::variables_map& values) {
  return values.count("words") > 0 ? values["words"].as<Texts>() : Texts{};
}

std::pair<std::string, std::string> key_value(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UserError("'" + text + "' cannot be read", "it is not key=value",
                    "write e.g. requests=1000");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ReadOptions trace_read_options(const po::variables_map& values) {
  ReadOptions options;
  if (values.count("format") > 0) {
    options.format = values["format"].as<std::string>();
    const auto& known = trace_formats();
    if (std::find(known.begin(), known.end(), options.format) == known.end())
      throw UserError("unknown format '" + options.format + "'", "no reader has that name",
                      suggest_name(options.format, known));
  }
  options.lenient = values["lenient"].as<bool>();
  if (values.count("read") > 0) {
    for (const auto& text : values["read"].as<Texts>()) {
      const auto [key, value] = key_value(text);
      set_read_option(options, key, value);
    }
  }
  if (values.count("map") == 0) return options;
  for (const auto& text : values["map"].as<Texts>()) {
    const auto [key, value] = key_value(text);
    set_mapping(options.mapping, key, value);
  }
  return options;
}

std::string trace_output_file(const po::variables_map& values) {
  if (values.count("output") == 0)
    throw UserError("no output file given", "the trace has to go somewhere",
                    "add -o FILE.jsonl.gz or -o FILE.h5");
  auto file = values["output"].as<std::string>();
  check_target(file);
  return file;
}

int trace_command(const Invocation& invocation) {
  std::string names;
  std::vector<std::string> known;
  for (const TracePart& part : parts()) {
    known.push_back(part.name);
    names.append(names.empty() ? "" : ", ").append(part.name);
  }
  if (invocation.arguments.empty())
    throw UserError("nothing to do with a trace", "trace has parts: " + names,
                    "use e.g. pigou trace info FILE");
  const std::string& name = invocation.arguments.front();
  const Texts rest(invocation.arguments.begin() + 1, invocation.arguments.end());
  for (const TracePart& part : parts())
    if (part.name == name) return part.run(rest, *invocation.output);
  throw UserError("unknown part 'trace " + name + "'", "trace has " + names,
                  suggest_name(name, known));
}

std::string trace_help() {
  std::string text;
  for (const TracePart& part : parts()) text.append(text.empty() ? "" : "\n").append(part.help());
  return text;
}

}  // namespace pigou
