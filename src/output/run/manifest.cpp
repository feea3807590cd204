#include <sys/utsname.h>

#include <ctime>
#include <thread>

#include <nlohmann/json.hpp>

#include "core/version.hpp"
#include "io/output_file.hpp"
#include "output/run/result_file.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

Json host_json() {
  utsname name{};
  uname(&name);
  return {{"name", name.nodename},
          {"system", std::string(name.sysname) + " " + name.release},
          {"machine", name.machine},
          {"cpus", std::thread::hardware_concurrency()}};
}

Json trace_json(const TraceIdentity& trace) {
  if (trace.path.empty()) return {{"synthetic", true}};
  return {{"path", trace.path},
          {"files", trace.files},
          {"bytes", trace.bytes},
          {"fnv1a64", trace.fnv1a64}};
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void write_manifest(const OutputTarget& result, const Scenario& scenario,
                    const ManifestFacts& facts) {
  const BuildFacts build = build_facts();
  Json json;
  json["filetype"] = "pigou-manifest";
  json["format_version"] = {1, 0};
  json["result_file"] = std::filesystem::path(result.path).filename().string();
  json["command_line"] = facts.command_line;
  json["started_at"] = facts.started_at;
  json["wall_s"] = {{"process", facts.times.process_s},
                    {"load", facts.times.load_s},
                    {"run", facts.times.run_s},
                    {"write", facts.times.write_s}};
  json["events"] = facts.events;
  json["peak_rss_bytes"] = peak_rss_bytes();
  json["backend"] = result_backend();
  json["build"] = {{"version", build.version},
                   {"git", build.revision},
                   {"compiler", build.compiler},
                   {"build_type", build.build_type},
                   {"cuda", build.cuda}};
  json["host"] = host_json();
  json["trace"] = trace_json(facts.trace);
  json["seed"] = scenario.config.seed;
  json["scenario_hash"] = scenario.hash;
  json["scenario"] = Json::parse(scenario.resolved);
  write_file({manifest_name(result.path).string(), result.together},
             json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace pigou
