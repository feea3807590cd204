// Which LoRA adapters the calls of each instance use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// Calls per instance, adapter and state, and the same as sets: what vLLM's gauge
/// `lora_requests_info` names (vllm/v1/metrics/{stats,loggers}.py). Adapters are numbered from 1;
/// 0, the base model, is not counted.
class AdapterBook {
 public:
  enum class Use : std::uint8_t { kRunning, kWaiting, kNone };

  AdapterBook() = default;
  AdapterBook(std::uint32_t instances, std::uint32_t adapters)
      : adapters_(adapters),
        words_((adapters + 63) / 64),
        calls_(2 * std::size_t{instances} * adapters, 0),
        distinct_(2 * std::size_t{instances}, 0),
        sets_(2 * std::size_t{instances} * words_, 0) {}

  /// Whether the trace has any; nothing else may be asked where it has none.
  bool on() const { return adapters_ > 0; }
  std::uint32_t adapters() const { return adapters_; }
  /// 64-bit words of one set.
  std::uint32_t words() const { return words_; }

  /// A call of `adapter` on `instance` goes from one state to another.
  void move(InstanceId instance, std::uint32_t adapter, Use from, Use to) {
    if (adapter == 0) return;
    if (from != Use::kNone) add(instance, adapter - 1, from, false);
    if (to != Use::kNone) add(instance, adapter - 1, to, true);
  }
  bool runs(InstanceId instance, std::uint32_t adapter) const {
    return adapter > 0 && calls_[row(instance, Use::kRunning) * adapters_ + adapter - 1] > 0;
  }
  std::uint32_t distinct(InstanceId instance, Use use) const {
    return distinct_[row(instance, use)];
  }
  /// The set of those running, then the set of those waiting: adapter a is bit a - 1.
  std::span<const std::uint64_t> sets(InstanceId instance) const {
    return {sets_.data() + 2 * std::size_t{instance} * words_, 2 * std::size_t{words_}};
  }
  friend bool operator==(const AdapterBook&, const AdapterBook&) = default;

 private:
  static std::size_t row(InstanceId instance, Use use) {
    return 2 * std::size_t{instance} + static_cast<std::size_t>(use);
  }
  /// One call more, or one less.
  void add(InstanceId instance, std::uint32_t bit, Use use, bool more) {
    const std::size_t at = row(instance, use);
    std::uint32_t& calls = calls_[at * adapters_ + bit];
    more ? ++calls : --calls;
    if (calls != (more ? 1 : 0)) return;
    more ? ++distinct_[at] : --distinct_[at];
    sets_[at * words_ + bit / 64] ^= std::uint64_t{1} << bit % 64;
  }

  std::uint32_t adapters_ = 0;
  std::uint32_t words_ = 0;
  std::vector<std::uint32_t> calls_;     ///< [instance][use][adapter]
  std::vector<std::uint32_t> distinct_;  ///< [instance][use]
  std::vector<std::uint64_t> sets_;      ///< [instance][use][word]
};

}  // namespace pigou
