// pigou trace info: what a trace holds and what is odd about it.
#include "cli/trace/info.hpp"

#include "cli/command.hpp"
#include "cli/trace/info_json.hpp"
#include "cli/trace/parts.hpp"
#include "core/error.hpp"
#include "trace/folder.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

/// One trace in both forms; only the one that is asked for is filled.
struct Described {
  std::string text;
  Json json;
};

Described describe(const TracePlace& place, const ReadOptions& options, bool json) {
  Described out;
  const FileFacts file = examine_file(place.path);
  std::vector<std::string> lines;
  if (place.format == "servegen") {
    const ServeGenFacts facts = servegen_facts(read_servegen_data(place.path, options), options);
    if (json)
      out.json = info_json(place.path, file, facts);
    else
      lines = describe_servegen(facts);
  } else {
    ReadOptions exact = options;
    exact.format = place.format;
    const TraceStatistics statistics = compute_statistics(read_trace(place.path, exact));
    if (json)
      out.json = info_json(place.path, file, statistics);
    else
      lines = describe_statistics(statistics);
  }
  out.text = place.path + "\n" + describe_file(file) + "\n";
  for (const auto& line : lines) out.text.append(line).append("\n");
  return out;
}

po::options_description info_options() {
  po::options_description options("Info");
  options.add_options()("json", po::bool_switch(), "print one JSON document");
  return options.add(trace_reading_options());
}

int info(const std::vector<std::string>& arguments, Publication&) {
  const auto values = parse_trace_options(arguments, info_options());
  const auto words = words_of(values);
  if (words.size() != 1)
    throw UserError(words.empty() ? "no trace given" : "more than one trace given",
                    "this reads one file or folder", "try pigou help trace");
  print(trace_info(words.front(), trace_read_options(values), values["json"].as<bool>()));
  return kExitOk;
}

std::string info_help() {
  return "usage: pigou trace info FILE|FOLDER [options]\n"
         "info prints what a trace holds and what is odd about it; of a folder, every trace in "
         "it.\n\n" +
         options_text(info_options());
}

}  // namespace

std::string trace_info(const std::string& path, const ReadOptions& options, bool json) {
  std::vector<std::string> strangers;
  const std::vector<TracePlace> places = find_traces(path, options, strangers);
  std::string text;
  Json list = Json::array();
  for (const TracePlace& place : places) {
    Described described = describe(place, options, json);
    text.append(text.empty() ? "" : "\n").append(described.text);
    list.push_back(std::move(described.json));
  }
  for (const std::string& file : strangers) text += "note: no trace: " + file + "\n";
  if (!json) return text;
  const bool one = places.size() == 1 && strangers.empty();
  const Json document =
      one ? list.front()
          : Json{{"folder", path}, {"traces", std::move(list)}, {"no_traces", strangers}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

TracePart trace_info_part() { return {"info", info, info_help}; }

}  // namespace pigou
