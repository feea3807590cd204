// How the rows of a trace hang together: conversations, and openings that many of them share.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

enum class TurnKind : std::uint8_t {
  kFirst,     ///< continues no earlier row; shares at most an opening
  kExtended,  ///< repeats the whole prompt of the row before and adds to it
  kTrimmed,   ///< repeats a part of it only: history cut, edited, or a new tail
};
inline constexpr std::size_t kTurnKinds = 3;

/// Leading blocks that many conversations begin with, such as a system prompt.
struct Opening {
  std::uint32_t blocks = 0;         ///< from the start of the prompt
  std::uint32_t inside = kNoIndex;  ///< the shorter opening it goes on from
  std::uint64_t firsts = 0;         ///< conversations that begin with it and no longer one
};

/// One entry per row. A row continues the latest earlier row that holds the deepest block they
/// share, in a closed loop the row before it in its lane; each row of real traces has at most one
/// such successor (Mooncake: all but 13), so rows form chains.
struct TurnChains {
  std::vector<std::uint32_t> before;  ///< row it continues, or kNoIndex
  std::vector<TurnKind> kind;
  std::vector<std::uint32_t> turn;     ///< 0 for the first of a chain
  std::vector<std::uint32_t> shared;   ///< leading blocks in common with earlier rows
  std::vector<std::uint8_t> followed;  ///< some row continues it
  std::vector<Opening> openings;       ///< openings[o].inside < o
  std::uint64_t plain_firsts = 0;      ///< first rows without an opening
};

/// An opening is a run of blocks that at least 1 % of the rows (and 20) begin with and after which
/// they part in 8 ways or more, at least one for every tenth of them.
TurnChains find_turn_chains(const Trace& trace);

}  // namespace pigou
