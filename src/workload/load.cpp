#include "workload/load.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "trace/keep_rows.hpp"
#include "trace/statistics/turn_chain.hpp"
#include "workload/transform.hpp"

namespace pigou {
namespace {

/// The first row of each row's conversation: by the label `session`, or by what prompts repeat.
std::vector<std::uint32_t> first_turns(const Trace& trace) {
  std::vector<std::uint32_t> first = labelled_sessions(trace);
  const std::vector<std::uint32_t> before = find_turn_chains(trace).before;
  for (std::uint32_t row = 0; row < first.size(); ++row)
    if (first[row] == kNoIndex) first[row] = before[row] == kNoIndex ? row : first[before[row]];
  return first;
}

/// A conversation (closed loop: a session), in the drawn order in which they stay: tree by tree.
struct Unit {
  double tree_draw;
  std::uint64_t tree;
  double draw;
  std::uint32_t first;  ///< its first row
  std::uint32_t rows;
  auto order() const { return std::tuple(tree_draw, tree, draw, first); }
};

/// Per row the first one of what stays or goes with it.
std::vector<std::uint32_t> unit_firsts(const Trace& trace) {
  if (!trace.closed_loop()) return first_turns(trace);
  std::vector<std::uint32_t> first(trace.rows()), of_session(trace.sessions, kNoIndex);
  for (const Trace::Lane& lane : trace.lanes) {
    std::uint32_t& begin = of_session[lane.session];
    begin = std::min(begin, lane.first_row);
    std::fill(first.begin() + lane.first_row, first.begin() + lane.end_row, begin);
  }
  return first;
}

/// Per row whether it stays in layer `layer`, of which `share` is kept.
std::vector<std::uint8_t> drawn_share(const Trace& trace, double share, std::uint32_t layer,
                                      std::uint64_t seed) {
  const std::vector<std::uint64_t> tree_of = thinning_units(trace);
  const std::vector<std::uint32_t> first = unit_firsts(trace);
  std::vector<std::uint32_t> rows_of(trace.rows(), 0);
  for (const std::uint32_t row : first) ++rows_of[row];
  const RandomStream trees(seed, "workload.load.tree"), draws(seed, "workload.load.conversation");
  std::vector<Unit> units;
  for (std::uint32_t row = 0; row < rows_of.size(); ++row)
    if (rows_of[row] > 0)
      units.push_back({trees.uniform(tree_of[row], layer), tree_of[row], draws.uniform(row, layer),
                       row, rows_of[row]});
  std::ranges::sort(units, {}, &Unit::order);
  const double most = share * static_cast<double>(trace.rows());
  std::vector<std::uint8_t> stays(trace.rows(), 0);  // by first row
  std::uint64_t before = 0;
  for (const Unit& unit : units) {
    stays[unit.first] = static_cast<double>(before) + unit.rows / 2.0 < most;
    before += unit.rows;
  }
  std::vector<std::uint8_t> keep(trace.rows());
  for (std::size_t row = 0; row < keep.size(); ++row) keep[row] = stays[first[row]];
  return keep;
}

/// Appends a copy of every entry for each further layer.
template <class T>
void append_layers(std::vector<T>& column, std::uint32_t layers) {
  const std::size_t size = column.size();
  column.reserve(size * layers);
  for (std::size_t i = size; i < size * layers; ++i) column.push_back(column[i - size]);
}

/// The same for numbers of things of which each layer has `per_layer`.
void append_numbers(std::vector<std::uint32_t>& column, std::uint32_t layers,
                    std::uint32_t per_layer) {
  const std::size_t size = column.size();
  append_layers(column, layers);
  for (std::size_t i = size; i < column.size(); ++i)
    if (column[i] != kNoIndex) column[i] += static_cast<std::uint32_t>(i / size) * per_layer;
}

void check_room(std::uint64_t count, std::uint32_t layers, const char* what) {
  if (count * layers >= kNoIndex)
    throw UserError("workload.load is too high for this trace",
                    std::string("its copies have over 4,294,967,294 ") + what, "lower it");
}

}  // namespace

LoadLayers load_layers(const Trace& trace, double load, std::uint64_t seed) {
  LoadLayers result;
  result.layers = static_cast<std::uint32_t>(std::ceil(load));
  const double share = load - (result.layers - 1);
  if (share < 1) result.in_last = drawn_share(trace, share, result.layers - 1, seed);
  const bool none = std::ranges::find(result.in_last, 1) == result.in_last.end();
  if (result.layers == 1 && share < 1 && none)
    throw NoRequestLeft("no request is left of the trace",
                        "workload.load keeps less than a conversation", "raise it");
  if (result.layers > 1 && !trace.closed_loop()) result.first_turn = first_turns(trace);
  return result;
}

double layer_phase(std::uint32_t layer) {
  double phase = 0, place = 0.5;
  for (; layer > 0; layer /= 2, place /= 2)
    if (layer % 2 == 1) phase += place;
  return phase;
}

Trace lay_sessions(const Trace& trace, const LoadLayers& layers, std::vector<SimTime>& start) {
  const std::uint32_t count = layers.layers;
  const auto rows = static_cast<std::uint32_t>(trace.rows());
  require(start.size() == std::size_t{trace.sessions} * count, "a start per layer and session");
  check_room(rows, count, "requests");
  check_room(trace.distinct_blocks, count, "block ids");
  Trace laid = trace;
  for_each_row_column(laid, [count](auto& column) { append_layers(column, count); });
  append_numbers(laid.previous_turn, count, rows);
  append_numbers(laid.block_ids, count, trace.distinct_blocks);
  laid.distinct_blocks *= count;
  if (trace.block_tokens != 0)
    for (std::size_t row = rows; row < std::size_t{rows} * count; ++row)
      laid.block_begin.push_back(laid.block_begin.back() + trace.blocks(row % rows).size());
  append_layers(laid.lanes, count);
  for (std::size_t i = trace.lanes.size(); i < laid.lanes.size(); ++i) {
    const auto layer = static_cast<std::uint32_t>(i / trace.lanes.size());
    Trace::Lane& lane = laid.lanes[i];
    lane.first_row += layer * rows;
    lane.end_row += layer * rows;
    lane.session += layer * trace.sessions;
    if (lane.trigger != kNoIndex) lane.trigger += layer * rows;
  }
  laid.sessions *= count;
  laid.session_arrival = start;  // follows its session through what is kept
  std::vector<std::uint8_t> keep(laid.rows());
  for (std::uint32_t row = 0; row < keep.size(); ++row)
    keep[row] = layers.keeps(row / rows, row % rows);
  keep_rows(laid, keep);
  start = std::move(laid.session_arrival);
  laid.session_arrival.clear();
  return laid;
}

}  // namespace pigou
