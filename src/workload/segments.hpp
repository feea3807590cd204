// Segments: the unit of KV-cache state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// The prefix tree of a trace, cut into segments and measured in engine blocks.
///
/// A segment is a maximal chain of blocks with no branch inside and no request ending inside.
/// Row r's prompt is the path `path(r)` of segments from the root, covering
/// `named_blocks(r)` full engine blocks; what is left of the prompt (fewer tokens than an engine
/// block, or a tail the trace gives no id) is anonymous. A partial last trace block with an id is
/// a segment of its real length, of which only full engine blocks count. Segments of zero full
/// engine blocks are dropped from paths.
///
/// `output_path(r)` continues `path(r)`: the segments that row r's *generated* tokens will fill,
/// known when a later row is its next turn (Trace::previous_turn); empty otherwise. Its first
/// segment begins exactly where path(r) ends only if input is then block-aligned with ids; the
/// builder cuts segments at every such boundary, so a segment belongs to one side only.
/// `output_named_blocks(r)` counts the full engine blocks covered by path + output_path.
struct SegmentedTrace {
  std::uint32_t engine_block_tokens = 16;
  std::vector<std::uint32_t> segment_blocks;  ///< engine blocks of each segment
  std::vector<std::uint32_t> segment_parent;  ///< segment before it, or kNoIndex
  std::vector<std::uint64_t> path_begin;      ///< size rows+1
  std::vector<std::uint32_t> path_segments;
  std::vector<std::uint32_t> named_blocks_;  ///< per row
  std::vector<std::uint64_t> output_begin;   ///< size rows+1, or empty: no row has an output path
  std::vector<std::uint32_t> output_segments;
  std::vector<std::uint64_t> answer_begin;  ///< size segments+1, or empty like output_begin
  std::vector<std::uint32_t> answer_rows;
  std::vector<std::uint32_t> adapter;  ///< per row, see adapters_of(); empty: no row has one
  std::uint32_t adapters = 0;          ///< how many there are

  std::uint32_t count() const { return static_cast<std::uint32_t>(segment_blocks.size()); }
  std::span<const std::uint32_t> path(std::size_t row) const {
    return {path_segments.data() + path_begin[row], path_begin[row + 1] - path_begin[row]};
  }
  std::span<const std::uint32_t> output_path(std::size_t row) const {
    if (output_begin.empty()) return {};
    return {output_segments.data() + output_begin[row], output_begin[row + 1] - output_begin[row]};
  }
  std::uint32_t named_blocks(std::size_t row) const { return named_blocks_[row]; }
  /// Rows whose output path has the segment.
  std::span<const std::uint32_t> answering(std::size_t segment) const {
    if (answer_begin.empty()) return {};
    return {answer_rows.data() + answer_begin[segment],
            answer_begin[segment + 1] - answer_begin[segment]};
  }
};

/// Builds the segments of `trace` for engine blocks of `engine_block_tokens`. Trace blocks must be
/// a multiple of it, or divide it (then an engine block is named by the last id inside it);
/// otherwise throws UserError. A trace without ids gets empty paths. Rows of different adapters
/// share the segments of the ids they share: see separate_adapters().
SegmentedTrace build_segments(const Trace& trace, std::uint32_t engine_block_tokens);

}  // namespace pigou
