// The blocks of one call as a path of segments, without copying them.
#pragma once

#include <cstdint>
#include <span>

#include "core/ids.hpp"

namespace pigou {

/// Segment ids at and above this bit are private: the tokens one request generated, which nobody
/// but that request (after a preemption) can ask for again.
inline constexpr std::uint32_t kPrivateSegment = 0x80000000U;

/// Segments of a call's tokens in order: its prompt's, then those its output is known to fill, or
/// one private segment without an end. Ids of a workload copy are shifted by `offset`.
struct PathView {
  std::span<const std::uint32_t> prompt;
  std::span<const std::uint32_t> output;
  std::uint32_t offset = 0;
  SegmentId private_segment;
  const std::uint32_t* blocks_of = nullptr;  ///< engine blocks per template segment

  std::size_t size() const {
    return prompt.size() + output.size() + (private_segment != kNoIndex ? 1 : 0);
  }
  SegmentId segment(std::size_t i) const {
    if (i < prompt.size()) return SegmentId{prompt[i] + offset};
    if (i - prompt.size() < output.size()) return SegmentId{output[i - prompt.size()] + offset};
    return private_segment;
  }
  std::uint32_t blocks(std::size_t i) const {
    if (i < prompt.size()) return blocks_of[prompt[i]];
    if (i - prompt.size() < output.size()) return blocks_of[output[i - prompt.size()]];
    return kNoIndex / 2;  // private: as long as it needs to be
  }
};

/// Blocks of all segments of a path that has no private one.
inline std::uint32_t path_blocks(const PathView& path) {
  std::uint32_t blocks = 0;
  for (std::size_t i = 0; i < path.size(); ++i) blocks += path.blocks(i);
  return blocks;
}

}  // namespace pigou
