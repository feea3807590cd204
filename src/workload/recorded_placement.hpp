// Where the recorded router sent each request, as instances of the simulated cluster.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// Whether `a` comes before `b` as people count: runs of digits by their value ("pod-2" before
/// "pod-10"), everything else byte by byte; equal by that rule, the plain order of bytes decides.
bool natural_less(std::string_view a, std::string_view b);

/// Recorded instance names as instance numbers. Names are sorted in natural order, the n-th is the
/// n-th instance. All names of the trace count, also those whose rows a window or thinning removed,
/// so that the same name is the same instance in every part of a trace.
///
/// Aggregated clusters read the label "instance"; split ones "prefill_instance" (or "instance"
/// where there is none) and "decode_instance", each numbered on its own side. A record of a split
/// cluster does not fit an aggregated one, nor the other way round.
class RecordedPlacement {
 public:
  RecordedPlacement() = default;
  /// `decode_count` 0: an aggregated cluster. What does not fit is not thrown but kept in
  /// problem(), since only a policy that follows the record needs it.
  RecordedPlacement(const Trace& trace, std::uint32_t entry_count, std::uint32_t decode_count);

  /// True when rows can be placed.
  bool fits() const { return !entry_.empty(); }
  /// Both sides of a split cluster are recorded.
  bool split() const { return !decode_.empty(); }
  /// Throws the UserError that says why not, unless it fits().
  void require_fit() const;

  /// The entry instance of a row, or kNoIndex where it has no record.
  std::uint32_t entry(std::size_t row) const { return entry_[row]; }
  /// The decode instance of a row of a split cluster, counted among all instances, or kNoIndex.
  std::uint32_t decode(std::size_t row) const { return decode_.empty() ? kNoIndex : decode_[row]; }

 private:
  std::vector<std::uint32_t> read_side(const Trace& trace, const char* name,
                                       std::uint32_t instances, std::uint32_t offset);

  std::vector<std::uint32_t> entry_;   ///< per row
  std::vector<std::uint32_t> decode_;  ///< per row; empty in an aggregated cluster
  std::string problem_, why_, suggestion_;
};

}  // namespace pigou
