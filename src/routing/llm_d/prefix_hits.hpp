// Blocks of one prompt that each pod is believed to hold, as a column that is not written anew for
// every prompt: where few pods hold any, only theirs are cleared, and where many do, writing the
// first part's clears all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pigou {

/// A value. begin(), then what is added, then done().
class PrefixHits {
 public:
  explicit PrefixHits(std::uint32_t pods) : blocks_(pods, 0) {}

  void begin() { stale_ = true; }
  void add(std::uint32_t pod, std::int32_t blocks) {
    if (stale_) clear();
    std::int32_t& held = blocks_[pod];
    const bool is_new = held == 0 && blocks > 0;
    held += blocks;
    if (!is_new) return;
    if (touched_.size() < blocks_.size() / 16)
      touched_.push_back(pod);
    else
      everywhere_ = true;
  }
  /// The same for every pod whose bit is set.
  void add_to_crowd(std::span<const std::uint64_t> pods, std::int32_t blocks);
  void done() {
    if (stale_) clear();
  }

  std::size_t size() const { return blocks_.size(); }
  const std::int32_t* data() const { return blocks_.data(); }
  std::int32_t operator[](std::size_t pod) const { return blocks_[pod]; }
  /// Whether all that hold any are among holders().
  bool few() const { return !everywhere_; }
  std::span<const std::uint32_t> holders() const { return touched_; }
  /// To be written by others.
  std::int32_t* all() {
    everywhere_ = true;
    stale_ = false;
    return blocks_.data();
  }

 private:
  void clear();

  std::vector<std::int32_t> blocks_;
  std::vector<std::uint32_t> touched_;  ///< those not 0, unless `everywhere_`
  bool everywhere_ = false;
  bool stale_ = false;  ///< still of the prompt before
};

}  // namespace pigou
