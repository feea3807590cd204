#include <cmath>

#include <nlohmann/json.hpp>

#include "output/explain/words.hpp"
#include "view/decision.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json candidate_json(const Explanation& e, std::size_t n) {
  const DecisionColumns& c = e.decisions;
  Json json = {{"instance", c.candidate[n]},
               {"name", e.instances[static_cast<std::size_t>(c.candidate[n])]},
               {"cost", number(c.cost[n])},
               {"believed_tokens", c.believed_tokens[n] < 0 ? Json() : Json(c.believed_tokens[n])},
               {"cached_tokens", c.cached_tokens[n]},
               {"prefill_tokens", c.prefill_tokens[n]},
               {"active_blocks", c.active_blocks[n]},
               {"active_requests", c.active_requests[n]}};
  for (const DeclaredColumn& column : c.declared)
    if (std::isfinite(column.values[n])) json["declared"][column.name] = column.values[n];
  if (c.seen_running[n] < 0) return json;
  json["seen_running"] = c.seen_running[n];
  json["seen_waiting"] = c.seen_waiting[n];
  json["seen_kv_usage"] = number(c.seen_kv_usage[n]);
  return json;
}

Json instance_json(std::int32_t instance) { return instance < 0 ? Json() : Json(instance); }

Json answer_json(const Explanation& e, std::size_t row) {
  const DecisionColumns& c = e.decisions;
  static constexpr const char* kHooks[] = {"arrival",         "prefill done", "room freed",
                                           "timer",           "first token",  "finish",
                                           "instance change", "peer placed"};
  const std::uint8_t hook = c.hook[row];
  Json json = {{"time_s", c.time_s[row]},
               {"hook", hook < std::size(kHooks) ? Json(kHooks[hook]) : Json(hook)},
               {"action", action_name(static_cast<ActionKind>(c.action[row]))},
               {"attempt", c.attempt[row]},
               {"replica", c.replica[row]},
               {"instance", instance_json(c.instance[row])},
               {"decode_instance", instance_json(c.decode_instance[row])},
               {"rule", c.rules[c.rule[row]]},
               {"ties", c.ties[row]},
               {"hit_tokens", c.hit_tokens[row] < 0 ? Json() : Json(c.hit_tokens[row])},
               {"candidates", Json::array()}};
  for (auto n = c.candidate_begin[row]; n < c.candidate_begin[row + 1]; ++n)
    json["candidates"].push_back(candidate_json(e, n));
  return json;
}

}  // namespace

std::string explanation_json(const Explanation& e) {
  Json json = {{"request", e.request},
               {"scenario", {{"name", e.scenario_name}, {"hash", e.scenario_hash}}},
               {"router", e.router},
               {"input_tokens", e.decisions.input_tokens.front()},
               {"decisions", Json::array()}};
  for (std::size_t row = 0; row < e.decisions.rows(); ++row)
    json["decisions"].push_back(answer_json(e, row));
  for (const ParameterChangeRow& change : e.changes)
    json["parameter_changes"].push_back({{"time_s", change.time_s},
                                         {"parameter", change.parameter},
                                         {"value", change.value},
                                         {"by", change.by_controller ? "controller" : "scenario"}});
  for (const DeclaredColumn& column : e.decisions.declared)
    json["declared"].push_back({{"name", column.name},
                                {"unit", column.unit},
                                {"sentence", column.sentence},
                                {"weight", number(column.entry_weight)},
                                {"decode_weight", number(column.decode_weight)}});
  Json& outcome = json["outcome"];
  if (e.kept)
    outcome = {{"arrival_s", e.row.arrival_s},
               {"ttft_s", number(e.row.ttft_s)},
               {"e2e_s", number(e.row.e2e_s)},
               {"hit_tokens", e.row.hit_tokens},
               {"believed_tokens", e.row.believed_tokens},
               {"outcome", e.row.outcome}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pigou
