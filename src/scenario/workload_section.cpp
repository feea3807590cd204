#include "scenario/workload_section.hpp"

#include <system_error>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "scenario/beside.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

/// A file found beside the scenario or in the current directory is named from the root on, so that
/// the resolved scenario runs from anywhere. What is looked up under PIGOU_DATA keeps its name, and
/// so runs on another machine, too.
void name_from_root(Json& text, std::size_t begin, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto whole = text.get<std::string>();
  const fs::path name(whole.substr(begin));
  std::error_code code;
  if (name.empty() || name.is_absolute()) return;
  for (const fs::path& place : {folder / name, name}) {
    if (!fs::exists(place, code)) continue;
    const fs::path root = fs::canonical(place.has_parent_path() ? place.parent_path() : ".", code);
    if (!code) text = whole.substr(0, begin) + (root / place.filename()).string();
    return;
  }
}

SynthOptions synth_options(const Json& section, const std::filesystem::path& folder) {
  SynthOptions options;
  for (const auto& [key, value] : section.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (const std::size_t begin = named_file_at(key, text); begin != std::string::npos)
      text.replace(begin, std::string::npos, beside(folder, text.substr(begin)));
    set_synth_option(options, key, text);
  }
  return options;
}

void read_keys(const Json& section, ReadOptions& options) {
  if (!section.contains("read")) return;
  if (section.contains("synth"))
    throw UserError("workload gives both read and synth", "nothing is read for a synthetic trace",
                    "remove one of them");
  for (const auto& [key, value] : section["read"].items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_array()) text = value[0].dump() + ":" + value[1].dump();
    set_read_option(options, key, text);
  }
}

}  // namespace

void name_files_from_root(Json& workload, const std::filesystem::path& folder) {
  if (workload.contains("trace")) name_from_root(workload["trace"], 0, folder);
  if (!workload.contains("synth")) return;
  for (const auto& [key, value] : workload["synth"].items()) {
    if (!value.is_string()) continue;
    const std::size_t begin = named_file_at(key, value.get<std::string>());
    if (begin != std::string::npos) name_from_root(value, begin, folder);
  }
}

TraceSource trace_source(const Json& section, const std::filesystem::path& folder) {
  TraceSource source;
  source.file = section.value("trace", std::string{});
  if (section.contains("synth")) {
    if (!source.file.empty())
      throw UserError("workload gives both trace and synth", "requests come from one of them",
                      "remove the other");
    if (section.contains("mapping"))
      throw UserError("workload gives both mapping and synth", "a mapping is for a trace's columns",
                      "remove one of them");
    source.synth = synth_options(section["synth"], folder);
  }
  const auto format = section.at("format").get<std::string>();
  if (format != "auto") source.read.format = format;
  source.read.lenient = section.at("lenient").get<bool>();
  read_keys(section, source.read);
  if (!section.contains("mapping")) return source;
  ColumnMapping& mapping = source.read.mapping;
  const Json& given = section["mapping"];
  mapping.arrival = given.value("arrival", mapping.arrival);
  mapping.arrival_unit = given.value("arrival_unit", mapping.arrival_unit);
  mapping.input_tokens = given.value("input_tokens", mapping.input_tokens);
  mapping.output_tokens = given.value("output_tokens", mapping.output_tokens);
  mapping.hash_ids = given.value("hash_ids", mapping.hash_ids);
  mapping.block_tokens = given.value("block_tokens", mapping.block_tokens);
  if (!mapping.hash_ids.empty() && mapping.block_tokens == 0)
    throw UserError("workload.mapping.block_tokens is not set", "hash_ids need their block length",
                    "set it to the tokens per id");
  return source;
}

WorkloadOptions workload_options(const Json& section) {
  WorkloadOptions options;
  options.head = section.at("head").get<std::uint64_t>();
  if (section.contains("window_s")) {
    options.window_begin_s = section["window_s"][0].get<double>();
    options.window_end_s = section["window_s"][1].get<double>();
    if (!(*options.window_begin_s < *options.window_end_s))
      throw UserError("workload.window_s holds no time", "its begin is not before its end",
                      "write [begin, end] in seconds");
  }
  if (section.contains("arrivals")) {
    const Json& arrivals = section["arrivals"];
    if (!arrivals.contains("family"))
      throw UserError("workload.arrivals.family is not set", "it says how arrivals are drawn",
                      "set it to e.g. poisson");
    ArrivalModel model;
    model.family = arrivals["family"].get<std::string>();
    model.rate = arrivals.value("rate", model.rate);
    model.cv = arrivals.value("cv", model.cv);
    options.arrivals = model;
  }
  options.part = parse_trace_stretch(section.value("part", ""));
  options.thin = section.at("thin").get<double>();
  options.sample_sessions = section.value("sample_sessions", 1.0);
  options.truncate_input_tokens = section.at("truncate_input_tokens").get<std::uint32_t>();
  options.infer_turns = section.at("infer_turns").get<bool>();
  options.policy_class_shares = parse_class_shares(section.value("policy_class_shares", ""));
  options.rate_scale = section.at("rate_scale").get<double>();
  options.repeat = section.at("repeat").get<std::uint32_t>();
  options.overlay = section.at("overlay").get<std::uint32_t>();
  options.load = section.at("load").get<double>();
  options.jitter_s = section.at("jitter_s").get<double>();
  options.concurrency = section.at("concurrency").get<std::uint32_t>();
  const Json& sessions = section.at("sessions");
  options.sessions_start = sessions.at("start").get<std::string>();
  options.sessions_rate = sessions.at("rate").get<double>();
  options.sessions_max_concurrent = sessions.at("max_concurrent").get<std::uint32_t>();
  if (options.sessions_start == "poisson" && options.sessions_rate <= 0)
    throw UserError("workload.sessions.rate is not set", "sessions start as a Poisson stream",
                    "set it to the sessions per second");
  return options;
}

}  // namespace pigou
