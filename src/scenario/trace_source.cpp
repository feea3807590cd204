#include "scenario/trace_source.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "workload/spacing.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kBundledTrace = "quickstart.jsonl.gz";
constexpr std::uint64_t kMostRequests = 200'000'000;

fs::path program_folder() {
  std::error_code code;
  return fs::read_symlink("/proc/self/exe", code).parent_path();
}

/// Places a trace may lie, in the order they are tried.
std::vector<fs::path> candidates(const std::string& file, const fs::path& folder) {
  if (file.empty()) {
    const fs::path program = program_folder();
    return {folder / ".." / "traces" / kBundledTrace, fs::path("traces") / kBundledTrace,
            program / ".." / "traces" / kBundledTrace,
            program / ".." / "share" / "pigou" / "traces" / kBundledTrace};
  }
  const fs::path name(file);
  if (name.is_absolute()) return {name};
  std::vector<fs::path> places = {folder / name, name};
  const char* data = std::getenv("PIGOU_DATA");
  if (data != nullptr && *data != '\0') {
    places.push_back(fs::path(data) / "traces" / name);
  } else {
    places.push_back(folder / ".." / ".." / "shared" / "traces" / name);
    places.push_back(fs::path("..") / "shared" / "traces" / name);
    places.push_back(program_folder() / ".." / ".." / "shared" / "traces" / name);
  }
  return places;
}

/// workload.spread and workload.warm_up: times of the trace itself, before anything else is done.
void reshape_arrivals(Trace& trace, const Json& section) {
  const bool timed = !trace.closed_loop() && !trace.timeless;
  if (!timed || section.contains("arrivals") || section.at("concurrency").get<double>() > 0)
    throw UserError("workload.spread and warm_up do not fit",
                    "requests do not come at the trace's own times",
                    "remove them, or what says when requests come");
  if (section.value("spread", false)) spread_instants(trace);
  if (!section.contains("warm_up")) return;
  const Json& rule = section["warm_up"];
  if (!rule.contains("requests") || !rule.contains("rate"))
    throw UserError("workload.warm_up is half set", "it needs requests and rate", "set both");
  warm_up(trace, rule["requests"].get<std::uint64_t>(), rule["rate"].get<double>());
}

void hash_file(const fs::path& path, TraceIdentity& identity, std::uint64_t& hash) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> buffer(1 << 16);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
    const auto size = static_cast<std::size_t>(in.gcount());
    for (std::size_t i = 0; i < size; ++i)
      hash = (hash ^ static_cast<unsigned char>(buffer[i])) * 0x100000001b3ULL;
    identity.bytes += size;
  }
  ++identity.files;
}

}  // namespace

fs::path locate_trace(const std::string& file, const fs::path& folder) {
  std::string looked;
  for (const auto& place : candidates(file, folder)) {
    std::error_code code;
    if (fs::exists(place, code)) return place.lexically_normal();
    const std::string shown = place.lexically_normal().string();
    if (looked.find(shown + ",") == std::string::npos) looked += shown + ", ";
  }
  throw UserError("trace " + (file.empty() ? std::string(kBundledTrace) : file) + " is not there",
                  "looked for " + looked.substr(0, looked.size() - 2),
                  "correct workload.trace or set PIGOU_DATA");
}

bool reshapes_arrivals(const Scenario& scenario) {
  const Json section = Json::parse(scenario.resolved).at("workload");
  return section.value("spread", false) || section.contains("warm_up");
}

Trace load_trace(const Scenario& scenario) {
  Trace trace;
  if (scenario.source.synth)
    trace = synthesize_trace(*scenario.source.synth);
  else
    trace = read_trace(locate_trace(scenario.source.file, scenario.folder).string(),
                       scenario.source.read);
  if (reshapes_arrivals(scenario))
    reshape_arrivals(trace, Json::parse(scenario.resolved).at("workload"));
  return trace;
}

void check_request_count(std::size_t rows, const Scenario& scenario) {
  const WorkloadOptions& options = scenario.workload;
  const double requests =
      static_cast<double>(rows) * options.repeat * options.overlay * std::max(1.0, options.load);
  if (requests > static_cast<double>(kMostRequests))
    throw UserError("the workload has too many requests",
                    std::to_string(rows) + " rows x repeat x overlay x load pass " +
                        std::to_string(kMostRequests),
                    "lower workload.repeat, overlay or load");
}

std::shared_ptr<const Workload> make_workload(Trace trace, const Scenario& scenario,
                                              std::uint64_t seed) {
  check_request_count(trace.rows(), scenario);
  auto workload = std::make_shared<Workload>(
      build_workload(std::move(trace), scenario.workload,
                     scenario.config.cluster.pools.front().engine.block_tokens, seed));
  if (reshapes_arrivals(scenario)) workload->as_recorded = false;
  return workload;
}

namespace {

TraceIdentity identify_path(const fs::path& path) {
  TraceIdentity identity;
  identity.path = path.string();
  std::vector<fs::path> files;
  if (fs::is_directory(path)) {
    for (const auto& entry : fs::directory_iterator(path))
      if (entry.is_regular_file()) files.push_back(entry.path());
    std::ranges::sort(files);
  } else {
    files.push_back(path);
  }
  std::uint64_t hash = hash_name("");
  for (const auto& file : files) hash_file(file, identity, hash);
  identity.fnv1a64 = hex(hash);
  return identity;
}

/// Adds every text of `section` that names a file or folder to `found`.
void find_inputs(const Json& section, const fs::path& folder, std::vector<fs::path>& found) {
  for (const auto& value : section) {
    if (value.is_structured()) find_inputs(value, folder, found);
    if (!value.is_string()) continue;
    std::string name = value.get<std::string>();
    if (name.starts_with("histogram:")) name.erase(0, std::string_view("histogram:").size());
    std::error_code code;
    for (const auto& place : candidates(name, folder)) {
      if (!fs::exists(place, code)) continue;
      found.push_back(place.lexically_normal());
      break;
    }
  }
}

}  // namespace

TraceIdentity identify_trace(const Scenario& scenario) {
  if (scenario.source.synth) return {};
  return identify_path(locate_trace(scenario.source.file, scenario.folder));
}

std::vector<fs::path> input_files(const Scenario& scenario) {
  std::vector<fs::path> files;
  if (!scenario.source.synth) files.push_back(locate_trace(scenario.source.file, scenario.folder));
  find_inputs(Json::parse(scenario.resolved).at("workload"), scenario.folder, files);
  return files;
}

std::vector<fs::path> all_inputs(const Scenario& scenario) {
  std::vector<fs::path> files = input_files(scenario);
  files.insert(files.end(), scenario.files.begin(), scenario.files.end());
  return files;
}

std::string input_identity(const std::vector<fs::path>& files) {
  std::string text;
  for (const auto& path : files) {
    const TraceIdentity identity = identify_path(path);
    text += identity.fnv1a64 + " " + std::to_string(identity.bytes) + "\n";
  }
  return text;
}

}  // namespace pigou
