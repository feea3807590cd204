// The skeleton of a trace drawn from a fitted model: who continues whom, when, and how long.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random_stream.hpp"
#include "trace/synthesis/fitted/model.hpp"

namespace pigou {

/// One row of a draft.
struct DraftRow {
  std::uint32_t before = kNoIndex;  ///< row it continues
  std::uint32_t conversation = 0;
  std::uint32_t turn = 0;
  TurnKind kind = TurnKind::kFirst;
  bool keeps_answer = false;
  std::uint32_t shared = 0;  ///< leading blocks it has in common with `before` or its opening
  float z_output = 0;        ///< standard normal, as are the next two
  float z_added = 0;
  float z_gap = 0;       ///< of the pause before it
  float z_next_gap = 0;  ///< of the pause behind it
  double gap_s = 0;      ///< pause before it
  double input = 0;      ///< tokens
  double output = 0;
};

/// All draws are numbered by conversation and turn, so that a changed odds shift moves only the
/// turns it adds or takes away.
class FittedDraft {
 public:
  /// `times` of an open loop; empty for a closed one.
  FittedDraft(const FittedModel& model, std::uint64_t requests, std::uint64_t seed,
              const std::vector<SimTime>& times);

  /// Draws the rows anew, with `shift` added to the log odds of being followed, and returns the
  /// share of blocks that repeat earlier ones.
  double draw(double shift);

  const std::vector<DraftRow>& rows() const { return rows_; }
  std::vector<DraftRow>& rows() { return rows_; }
  /// The opening of each conversation, or kNoIndex.
  const std::vector<std::uint32_t>& openings() const { return openings_; }
  /// Blocks that have an id in a prompt of that length.
  std::uint32_t named_blocks(double input) const;

 private:
  void draw_open();
  void draw_closed();
  void begin(std::uint32_t row);
  void go_on(std::uint32_t row, std::uint32_t before, double gap_s);
  bool followed(std::uint32_t row, double& gap_s);
  void map_lengths();
  void keep_growth();
  double share_blocks();
  std::uint32_t opening_blocks(const DraftRow& row) const;
  std::uint32_t full_blocks(double input) const;

  const FittedModel& model_;
  const std::vector<SimTime>& times_;
  std::vector<DraftRow> rows_;
  std::vector<std::uint32_t> openings_;
  double shift_ = 0;
  RandomStream first_, output_, added_, gap_, keep_, follow_, trim_, kept_share_, opening_;
};

}  // namespace pigou
