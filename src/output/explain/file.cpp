// From a result file to what it says of one request.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "output/explain/words.hpp"
#include "output/run/decision_file.hpp"
#include "output/text/numbers.hpp"
#include "routing/policy_table.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
void keep_rows(std::vector<T>& column, const std::vector<std::size_t>& rows) {
  std::vector<T> kept;
  kept.reserve(rows.size());
  for (const std::size_t row : rows) kept.push_back(column[row]);
  column = std::move(kept);
}

/// The rows of one request, with the candidates they need.
DecisionColumns rows_of(DecisionColumns c, std::uint64_t request) {
  std::vector<std::size_t> rows, candidates;
  std::vector<std::uint64_t> begin = {0};
  for (std::size_t row = 0; row < c.rows(); ++row) {
    if (c.request[row] != request) continue;
    rows.push_back(row);
    for (auto n = c.candidate_begin[row]; n < c.candidate_begin[row + 1]; ++n)
      candidates.push_back(n);
    begin.push_back(candidates.size());
  }
  keep_rows(c.request, rows), keep_rows(c.time_s, rows), keep_rows(c.hook, rows);
  keep_rows(c.action, rows), keep_rows(c.attempt, rows), keep_rows(c.replica, rows);
  keep_rows(c.instance, rows), keep_rows(c.decode_instance, rows), keep_rows(c.rule, rows);
  keep_rows(c.ties, rows), keep_rows(c.input_tokens, rows), keep_rows(c.block_tokens, rows);
  keep_rows(c.hit_tokens, rows);
  c.candidate_begin = std::move(begin);
  keep_rows(c.candidate, candidates), keep_rows(c.cost, candidates);
  keep_rows(c.prefill_tokens, candidates), keep_rows(c.active_blocks, candidates);
  keep_rows(c.active_requests, candidates), keep_rows(c.believed_tokens, candidates);
  keep_rows(c.cached_tokens, candidates), keep_rows(c.seen_running, candidates);
  keep_rows(c.seen_waiting, candidates), keep_rows(c.seen_kv_usage, candidates);
  for (DeclaredColumn& column : c.declared) keep_rows(column.values, candidates);
  return c;
}

/// "requests 0 to 99" or "some requests between 3 and 12,001".
std::string recorded_text(const std::vector<std::uint64_t>& requests) {
  if (requests.empty()) return "it holds none at all";
  const auto [least, most] = std::ranges::minmax(requests);
  std::vector<std::uint64_t> distinct = requests;
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  const bool all = distinct.size() == most - least + 1;
  return (all ? "it holds those of requests " : "it holds those of some requests from ") +
         std::to_string(least) + " to " + std::to_string(most);
}

std::string router_text(const Json& router) {
  const auto name = router.at("name").get<std::string>();
  std::string text = name;
  for (const PolicyInfo& policy : policy_table()) {
    if (policy.name != name) continue;
    for (const auto& parameter : policy.parameters) {
      const auto given = router.find(std::string(parameter.name));
      if (given == router.end()) continue;
      const std::string value = given->is_string() ? given->get<std::string>() : given->dump();
      if (parse_value(name, parameter, value) != parameter.fallback)
        text.append(", ").append(parameter.name).append("=").append(value);
    }
  }
  return text;
}

std::string cost_text(const Json& router) {
  const auto name = router.at("name").get<std::string>();
  const auto policies = policy_table();
  const auto found = std::ranges::find(policies, name, &PolicyInfo::name);
  return found == policies.end() ? "" : std::string(found->cost);
}

/// Instances in the order of their numbers: pools that take arrivals first, then decode pools.
void name_instances(const Json& pools, Explanation& e) {
  for (const bool decode : {false, true}) {
    for (const Json& pool : pools) {
      if ((pool.at("role") == "decode") != decode) continue;
      const auto name = pool.value("name", pool.at("role").get<std::string>());
      for (std::uint64_t n = 0; n < pool.at("count").get<std::uint64_t>(); ++n)
        e.instances.push_back(name + "[" + std::to_string(n) + "]");
    }
    if (!decode) e.entry_count = static_cast<std::uint32_t>(e.instances.size());
  }
}

template <class T>
T value_at(const Hdf5Reader& reader, const std::string& path, std::size_t row) {
  std::vector<T> values(reader.entries(path));
  reader.column(path, std::span<T>(values));
  return values.at(row);
}

void read_row(const Hdf5Reader& reader, Explanation& e) {
  const std::string group = "/result/requests/";
  std::vector<std::uint64_t> requests(reader.entries(group + "request"));
  reader.column(group + "request", std::span(requests));
  const auto found = std::ranges::find(requests, e.request);
  if (found == requests.end()) return;
  const auto row = static_cast<std::size_t>(found - requests.begin());
  e.kept = true;
  e.row.arrival_s = value_at<double>(reader, group + "arrival_s", row);
  e.row.queue_s = value_at<double>(reader, group + "queue_s", row);
  e.row.ttft_s = value_at<double>(reader, group + "ttft_s", row);
  e.row.e2e_s = value_at<double>(reader, group + "e2e_s", row);
  e.row.output_tokens = value_at<std::uint32_t>(reader, group + "output_tokens", row);
  e.row.hit_tokens = value_at<std::uint32_t>(reader, group + "hit_tokens", row);
  e.row.believed_tokens = value_at<std::uint32_t>(reader, group + "believed_tokens", row);
  e.row.preemptions = value_at<std::uint32_t>(reader, group + "preemptions", row);
  e.row.outcome = value_at<std::uint8_t>(reader, group + "outcome", row);
}

void read_changes(const Hdf5Reader& reader, Explanation& e) {
  const std::string group = "/result/parameter_changes/";
  if (!reader.has(group + "time_s")) return;
  const std::vector<std::string> names = reader.texts(group + "parameter");
  for (std::size_t row = 0; row < names.size(); ++row)
    e.changes.push_back({value_at<double>(reader, group + "time_s", row), names[row],
                         value_at<double>(reader, group + "value", row),
                         value_at<std::uint8_t>(reader, group + "by", row) != 0});
}

}  // namespace

Explanation read_explanation(const std::string& file, std::uint64_t request) {
  const Hdf5Reader reader(file);
  const auto type = reader.text_attribute("filetype");
  if (type != "pigou-run")
    throw UserError(file + " cannot be explained",
                    type ? "it is a " + *type + " file" : "it is not a file of pigou run",
                    "name the -o file of pigou run --decisions");
  const std::string group = "/result/decisions";
  if (!reader.has(group + "/request"))
    throw UserError(file + " holds no decisions", "the run was not asked to record them",
                    "run again with --decisions all -o FILE.h5");
  Explanation e;
  e.request = request;
  DecisionColumns all = read_decisions(reader, group);
  const std::string recorded = recorded_text(all.request);
  e.decisions = rows_of(std::move(all), request);
  if (e.decisions.rows() == 0)
    throw UserError(file + " holds no decision about request " + std::to_string(request), recorded,
                    "name one of those, or run again with --decisions all");
  try {
    const Json scenario = Json::parse(reader.texts("/input/scenario").at(0));
    e.scenario_name = reader.texts("/input/scenario_name").at(0);
    e.scenario_hash = reader.texts("/input/scenario_hash").at(0);
    e.router = router_text(scenario.at("router"));
    e.cost = cost_text(scenario.at("router"));
    name_instances(scenario.at("cluster").at("pools"), e);
  } catch (const Json::exception&) {
    reader.reject("/input/scenario is not a resolved scenario");
  }
  for (const auto* column : {&e.decisions.candidate, &e.decisions.instance})
    for (const std::int32_t instance : *column)
      if (instance >= static_cast<std::int32_t>(e.instances.size()))
        reader.reject(group + " names an instance that the scenario does not have");
  read_row(reader, e);
  read_changes(reader, e);
  return e;
}

}  // namespace pigou
