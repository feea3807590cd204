// Load: how many copies of a trace, or what part of one, a run replays at once.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// What `workload.load` keeps of a trace: ceil(load) layers of it, all whole but the last, of which
/// whole prefix trees stay, and of one tree whole conversations, until the layers hold `load` times
/// the rows (closed loop: whole sessions). Invariants: a larger load of the same trace and seed
/// keeps every (layer, row) that a smaller one does, and load 1 is the trace itself.
struct LoadLayers {
  std::uint32_t layers = 1;
  /// Per row: stays in the last layer. Empty: all do.
  std::vector<std::uint8_t> in_last;
  /// Open loop with several layers, per row: the first row of its conversation, whose arrival says
  /// on which side of the trace's end the whole conversation goes. Else empty.
  std::vector<std::uint32_t> first_turn;

  bool keeps(std::uint32_t layer, std::uint32_t row) const {
    return layer + 1 < layers || in_last.empty() || in_last[row] != 0;
  }
};

/// The layers of `load` above 0. Trees, and conversations in them, stay in an order drawn
/// by `seed` for each layer, as long as half of the next still fits. Throws NoRequestLeft where the
/// smallest load keeps none.
LoadLayers load_layers(const Trace& trace, double load, std::uint64_t seed);

/// By what share of the trace's length layer `layer` comes later: 0, 1/2, 1/4, 3/4, 1/8, ... (van
/// der Corput), the same under every load.
double layer_phase(std::uint32_t layer);

/// Closed loop: `trace` with the sessions of every layer as sessions of its own, block ids fresh in
/// each. `start` holds the start of each (layer, session) and comes back by session of the result.
/// Throws UserError where rows, sessions or block ids run out.
Trace lay_sessions(const Trace& trace, const LoadLayers& layers, std::vector<SimTime>& start);

}  // namespace pigou
