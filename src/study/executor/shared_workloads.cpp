#include "study/executor/shared_workloads.hpp"

#include <nlohmann/json.hpp>

#include "scenario/trace_source.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

template <class... Columns>
std::size_t bytes_in(const Columns&... columns) {
  return (std::size_t{0} + ... + (columns.size() * sizeof(columns[0])));
}

std::size_t trace_bytes(const Trace& t) {
  std::size_t bytes = bytes_in(t.block_begin, t.block_ids, t.lanes, t.previous_turn);
  for_each_row_column(t, [&bytes](const auto& column) { bytes += bytes_in(column); });
  return bytes;
}

std::size_t workload_bytes(const Workload& w) {
  const SegmentedTrace& s = w.segments;
  return trace_bytes(w.trace) + bytes_in(w.arrival, w.row, w.copy, w.conversation) +
         bytes_in(s.segment_blocks, s.segment_parent, s.path_begin, s.path_segments) +
         bytes_in(s.named_blocks_, s.output_begin, s.output_segments, s.adapter);
}

/// Names of what a scenario's runs share. A key that is not known to come late is part of all
/// three, so that a new one can cost time but never a wrong workload.
struct ShelfNames {
  std::string trace, prepared, workload;
};

ShelfNames shelf_names(const Scenario& scenario, std::uint64_t seed) {
  Json section = Json::parse(scenario.resolved).at("workload");
  const auto seeded = " seed " + std::to_string(seed);
  const auto blocks =
      " blocks " + std::to_string(scenario.config.cluster.pools.front().engine.block_tokens);
  ShelfNames names;
  section.erase("timeout_s");
  names.workload = section.dump() + blocks + seeded;
  for (const char* late : {"repeat", "overlay", "load", "jitter_s", "concurrency", "sessions"})
    section.erase(late);
  names.prepared = section.dump() + blocks + (scenario.workload.prepared_by_seed() ? seeded : "");
  for (const char* later : {"head", "window_s", "part", "thin", "truncate_input_tokens",
                            "infer_turns", "policy_class_shares", "rate_scale"})
    section.erase(later);
  names.trace = section.dump();
  return names;
}

}  // namespace

SharedWorkloads::SharedWorkloads(std::size_t keep_bytes)
    : traces_(keep_bytes, trace_bytes),
      prepared_(keep_bytes, workload_bytes),
      workloads_(keep_bytes, workload_bytes) {}

std::shared_ptr<const Workload> SharedWorkloads::get(const Scenario& scenario, std::uint64_t seed) {
  const ShelfNames names = shelf_names(scenario, seed);
  return workloads_.get(names.workload, [&] {
    const auto prepared = prepared_.get(names.prepared, [&] {
      const auto trace = traces_.get(
          names.trace, [&] { return std::make_shared<const Trace>(load_trace(scenario)); });
      return std::make_shared<const Workload>(
          prepare_workload(*trace, scenario.workload,
                           scenario.config.cluster.pools.front().engine.block_tokens, seed));
    });
    check_request_count(prepared->trace.rows(), scenario);
    auto workload =
        std::make_shared<Workload>(arrange_workload(*prepared, scenario.workload, seed));
    if (reshapes_arrivals(scenario)) workload->as_recorded = false;
    return std::shared_ptr<const Workload>(workload);
  });
}

}  // namespace pigou
