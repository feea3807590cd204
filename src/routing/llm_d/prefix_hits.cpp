#include "routing/llm_d/prefix_hits.hpp"

#include <algorithm>

#include "core/vector_versions.hpp"
#include "kernels/host_device.hpp"

namespace pigou {
namespace {

/// `blocks` to the pods whose bit is set in `words` words, onto what is there or in place of it.
template <bool kAdd>
PIGOU_HD void write_crowd(const std::uint64_t* pods, std::size_t words, std::int32_t blocks,
                          std::int32_t* hits) {
  for (std::size_t half = 0; half < 2 * words; ++half, hits += 32) {
    const auto bits = static_cast<std::uint32_t>(pods[half / 2] >> (32 * (half % 2)));
    std::int32_t* __restrict there = hits;
    for (std::uint32_t b = 0; b < 32; ++b) {
      const std::int32_t own = (bits >> b & 1U) != 0 ? blocks : 0;
      there[b] = kAdd ? there[b] + own : own;
    }
  }
}

PIGOU_VECTOR_VERSIONS void add_crowd(const std::uint64_t* pods, std::size_t words,
                                     std::int32_t blocks, std::int32_t* hits) {
  write_crowd<true>(pods, words, blocks, hits);
}
PIGOU_VECTOR_VERSIONS void set_crowd(const std::uint64_t* pods, std::size_t words,
                                     std::int32_t blocks, std::int32_t* hits) {
  write_crowd<false>(pods, words, blocks, hits);
}

}  // namespace

void PrefixHits::add_to_crowd(std::span<const std::uint64_t> pods, std::int32_t blocks) {
  const std::size_t words = blocks_.size() / 64;
  (stale_ ? set_crowd : add_crowd)(pods.data(), words, blocks, blocks_.data());
  for (std::size_t p = words * 64; p < blocks_.size(); ++p)
    blocks_[p] = (stale_ ? 0 : blocks_[p]) + ((pods[p / 64] >> p % 64 & 1) != 0 ? blocks : 0);
  stale_ = false;
  everywhere_ = true;
}

void PrefixHits::clear() {
  if (everywhere_)
    std::ranges::fill(blocks_, 0);
  else
    for (const std::uint32_t pod : touched_) blocks_[pod] = 0;
  touched_.clear();
  everywhere_ = stale_ = false;
}

}  // namespace pigou
