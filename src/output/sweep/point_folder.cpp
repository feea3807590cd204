#include "output/sweep/point_folder.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "core/version.hpp"
#include "io/output_file.hpp"
#include "scenario/scenario.hpp"
#include "scenario/trace_source.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string program_identity() {
  const BuildFacts facts = build_facts();
  return std::string(facts.version) + " " + std::string(facts.revision) + " " +
         input_identity({"/proc/self/exe"});
}

/// A file that a killed process was writing.
bool abandoned(const fs::path& path) {
  constexpr std::string_view kMark = ".json.tmp-";
  const std::string name = path.filename().string();
  const auto mark = name.find(kMark);
  if (mark == std::string::npos) return false;
  const int process = std::atoi(name.c_str() + mark + kMark.size());
  return process > 0 && process != getpid() && kill(process, 0) != 0 && errno == ESRCH;
}

Json run_json(const PointRun& run) {
  Json json = {{"seed", run.seed},
               {"random", run.random},
               {"provenance", run.provenance},
               {"assumed", run.assumed}};
  Json& figures = json["figures"] = Json::object();
  for (const auto& [key, value] : run.figures)
    figures[key] = std::isfinite(value) ? Json(value) : Json();
  return json;
}

PointRun run_of(const Json& json) {
  PointRun run;
  run.seed = json.at("seed").get<std::uint64_t>();
  run.random = json.at("random").get<bool>();
  run.provenance = json.at("provenance").get<std::string>();
  run.assumed = json.at("assumed").get<std::vector<std::string>>();
  for (const auto& [key, value] : json.at("figures").items())
    run.figures.push_back(
        {key, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>()});
  return run;
}

}  // namespace

PointFolder::PointFolder(fs::path folder)
    : folder_(std::move(folder)), program_(program_identity()) {
  std::error_code code;
  if (fs::exists(folder_, code) && !fs::is_directory(folder_, code))
    throw UserError("cannot keep points in " + folder_.string(), "it is not a folder",
                    "remove it or name another file after -o");
}

std::string PointFolder::name(const std::string& scenario, const std::string& inputs) const {
  return hex(hash_name(scenario + "\n" + inputs + program_));
}

std::vector<PointRun> PointFolder::read(const std::string& name) const {
  std::ifstream in(file(name), std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return {};
  constexpr int kDeepest = 8;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepest; };
  const Json json = Json::parse(text.str(), shallow, false);
  if (!json.is_object() || json.value("filetype", "") != "pigou-point") return {};
  std::vector<PointRun> runs;
  try {
    if (json.at("name") != name) return {};
    if (json.at("fnv1a64") != hex(hash_name(json.at("runs").dump()))) return {};
    for (const auto& run : json.at("runs")) runs.push_back(run_of(run));
  } catch (const Json::exception&) {
    return {};
  }
  return runs;
}

void PointFolder::write(const std::string& name, const std::vector<PointRun>& runs) {
  std::error_code code;
  fs::create_directory(folder_, code);
  Json json = {{"filetype", "pigou-point"}, {"format_version", {1, 0}}, {"name", name}};
  Json list = Json::array();
  for (const auto& run : runs) list.push_back(run_json(run));
  json["fnv1a64"] = hex(hash_name(list.dump()));
  json["runs"] = std::move(list);
  try {
    write_file(file(name).string(), json.dump() + "\n");
  } catch (...) {
    fs::remove(folder_, code);  // unless it holds points
    throw;
  }
}

std::size_t PointFolder::remove(const std::vector<std::string>& names) {
  std::error_code code;
  const std::set<std::string> mine(names.begin(), names.end());
  std::vector<fs::path> done;
  std::size_t others = 0;
  for (const auto& entry : fs::directory_iterator(folder_, code)) {
    if (abandoned(entry.path()) || mine.contains(entry.path().stem().string()))
      done.push_back(entry.path());
    else
      others += entry.path().extension() == ".json" ? 1 : 0;
  }
  for (const auto& path : done) fs::remove(path, code);
  fs::remove(folder_, code);  // stays if anything is left in it
  return others;
}

}  // namespace pigou
