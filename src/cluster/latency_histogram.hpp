// A histogram of integer durations that takes a whole decode run in O(bins).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "core/time.hpp"

namespace pigou {

/// Log-linear bins over picoseconds: 64 per octave, so a percentile read from it is at most 1.6 %
/// above the true one (it reports a bin's middle: 0.8 %). Count, sum and maximum are exact.
class LatencyHistogram {
 public:
  void add(std::int64_t ps, std::uint64_t count) {
    if (count == 0) return;
    bins_[bin(ps)] += count;
    note(static_cast<Int128>(ps) * static_cast<Int128>(count), count, ps);
  }

  /// `weight` values at each of first, first + growth, ..., `steps` of them; growth >= 0.
  void add_progression(std::int64_t first, std::int64_t growth, std::uint64_t steps,
                       std::uint64_t weight) {
    if (steps == 0 || weight == 0) return;
    const auto n = static_cast<Int128>(steps);
    const std::int64_t last = first + growth * static_cast<std::int64_t>(steps - 1);
    note((n * first + n * (n - 1) / 2 * growth) * static_cast<Int128>(weight), steps * weight,
         last);
    std::uint64_t done = 0;
    while (done < steps) {
      const std::uint32_t b = bin(first + growth * static_cast<std::int64_t>(done));
      // Values up to the bin's last picosecond fall into it.
      const std::uint64_t upto =
          growth == 0 ? steps : static_cast<std::uint64_t>((upper(b) - 1 - first) / growth) + 1;
      const std::uint64_t end = std::min(steps, upto);
      bins_[b] += (end - done) * weight;
      done = end;
    }
  }

  std::uint64_t count() const { return count_; }
  double mean_ps() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  std::int64_t max_ps() const { return max_; }

  /// Middle of the bin that holds the value of rank ceil(q * count).
  double quantile_ps(double q) const {
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(q * static_cast<double>(count_) + 0.999999));
    std::uint64_t seen = 0;
    for (std::uint32_t b = 0; b < kBins; ++b) {
      seen += bins_[b];
      if (seen >= rank)
        return std::min(0.5 * static_cast<double>(lower(b) + upper(b) - 1),
                        static_cast<double>(max_));
    }
    return static_cast<double>(max_);
  }

 private:
  static constexpr std::uint32_t kSub = 64;
  static constexpr std::uint32_t kBins = 58 * kSub;

  static std::uint32_t bin(std::int64_t ps) {
    const auto value = static_cast<std::uint64_t>(ps);
    if (value < kSub) return static_cast<std::uint32_t>(value);
    const auto octave = static_cast<std::uint32_t>(std::bit_width(value)) - 7;
    return (octave + 1) * kSub + static_cast<std::uint32_t>((value >> octave) - kSub);
  }
  static std::int64_t lower(std::uint32_t b) {
    if (b < kSub) return b;
    return (static_cast<std::int64_t>(b % kSub) + kSub) << (b / kSub - 1);
  }
  static std::int64_t upper(std::uint32_t b) { return lower(b + 1); }

  void note(Int128 sum, std::uint64_t count, std::int64_t largest) {
    sum_ += sum;
    count_ += count;
    max_ = std::max(max_, largest);
  }

  std::array<std::uint64_t, kBins> bins_{};
  std::uint64_t count_ = 0;
  Int128 sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace pigou
