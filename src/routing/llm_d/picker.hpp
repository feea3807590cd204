// llm-d's pickers: one pod of the scored candidates.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "routing/llm_d/scorers.hpp"
#include "routing/llm_d/settings.hpp"
#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// max-score: the highest total, ties at random (llm-d shuffles before a stable sort). random: any
/// candidate. weighted-random: with probability in proportion to its total, which is what the
/// largest of U^(1/total) comes to; any candidate where all totals are 0. Candidates are those
/// `side.columns.eligible` marks. kNoIndex where there is none.
class EppPick {
 public:
  explicit EppPick(EppPicker picker) : picker_(picker) {}
  /// Notes candidates with the negative of their totals: lower is better. Bounds in place of totals
  /// do for max-score, while nobody asks for notes.
  std::uint32_t choose(RouterView& view, FleetSide side, EppScorers& scorers, std::uint64_t draw,
                       std::string_view rule);

 private:
  std::uint32_t highest(const FleetSide& side, EppScorers& scorers, std::uint64_t draw);
  std::uint32_t highest_of_few(const EppScorers& scorers, std::size_t count, std::uint64_t draw);
  std::uint32_t highest_of_blocks(const FleetSide& side, EppScorers& scorers, std::uint64_t draw);
  std::uint32_t noted_highest(RouterView& view, FleetSide side, const std::vector<double>& totals,
                              std::uint64_t draw, std::string_view rule);

  EppPicker picker_;
  std::vector<double> costs_;
  CandidateKeys keys_;
  std::vector<std::uint32_t> best_;  ///< pods with the highest total
  std::vector<float> block_bounds_;  ///< of kKeyBlock pods each
  Scorer scorer_;
};

}  // namespace pigou
