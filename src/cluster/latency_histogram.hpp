// A histogram of integer durations that takes a whole decode run in O(bins).
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace pigou {

/// Log-linear bins over picoseconds, 512 per octave: a percentile is the middle of its bin and so
/// at most 0.1 % off. The first few thousand values are kept as they are, and while there are no
/// more percentiles are exact: what decides is the number of values, not how they came, so a run
/// taken as one and its steps taken one by one end in the same bytes. Count, sum and maximum are
/// exact.
class LatencyHistogram {
 public:
  void add(std::int64_t ps, std::uint64_t count) { add_progression(ps, 0, 1, count); }

  /// `weight` values at each of first, first + growth, ..., `steps` of them; growth >= 0.
  void add_progression(std::int64_t first, std::int64_t growth, std::uint64_t steps,
                       std::uint64_t weight) {
    if (steps == 0 || weight == 0) return;
    const auto n = static_cast<Int128>(steps);
    const std::int64_t last = first + growth * static_cast<std::int64_t>(steps - 1);
    sum_ += (n * first + n * (n - 1) / 2 * growth) * static_cast<Int128>(weight);
    count_ += steps * weight;
    max_ = std::max(max_, last);
    if (count_ <= kFew) {
      for (std::uint64_t step = 0; step < steps; ++step)
        few_.insert(few_.end(), weight, first + growth * static_cast<std::int64_t>(step));
      return;
    }
    if (bins_.empty()) [[unlikely]]
      leave_few();
    if (steps == 1 || growth == 0)
      bins_[bin(first)] += steps * weight;
    else
      spread(first, growth, static_cast<std::int64_t>(steps), weight);
  }

  std::uint64_t count() const { return count_; }
  double mean_ps() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  std::int64_t max_ps() const { return max_; }

  /// The value of rank ceil(q * count), or the middle of the bin that holds it.
  double quantile_ps(double q) const {
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))));
    if (bins_.empty()) return few_.empty() ? 0 : nth_of_few(rank);
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
  static constexpr std::uint32_t kSubBits = 9;
  static constexpr std::uint32_t kSub = 1u << kSubBits;
  static constexpr std::uint32_t kBins = (64 - kSubBits) * kSub;
  static constexpr std::uint64_t kFew = 4096;

  static std::uint32_t bin(std::int64_t ps) {
    const auto value = static_cast<std::uint64_t>(ps);
    if (value < kSub) return static_cast<std::uint32_t>(value);
    const auto octave = static_cast<std::uint32_t>(std::bit_width(value)) - (kSubBits + 1);
    return (octave + 1) * kSub + static_cast<std::uint32_t>((value >> octave) - kSub);
  }
  static std::int64_t lower(std::uint32_t b) {
    if (b < kSub) return b;
    return (static_cast<std::int64_t>(b % kSub) + kSub) << (b / kSub - 1);
  }
  static std::int64_t upper(std::uint32_t b) { return lower(b + 1); }

  /// Values up to a bin's last picosecond fall into it. A division per bin would be most of the
  /// work: a product says nearly how many they are, and integers correct it.
  void spread(std::int64_t first, std::int64_t growth, std::int64_t steps, std::uint64_t weight) {
    const double per_growth = 1 / static_cast<double>(growth);
    std::int64_t done = 0;
    while (done < steps) {
      const std::uint32_t b = bin(first + growth * done);
      const std::int64_t room = upper(b) - 1 - first;  // of the last step's growth within the bin
      auto end = std::min(steps, static_cast<std::int64_t>(static_cast<double>(room) * per_growth));
      while (end < steps && growth * end <= room) ++end;
      while (growth * (end - 1) > room) --end;
      bins_[b] += static_cast<std::uint64_t>(end - done) * weight;
      done = end;
    }
  }

  void leave_few() {
    bins_.resize(kBins);
    for (const std::int64_t value : few_) ++bins_[bin(value)];
    few_ = {};
  }

  double nth_of_few(std::uint64_t rank) const {
    std::vector<std::int64_t> values = few_;
    const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::ranges::nth_element(values, nth);
    return static_cast<double>(*nth);
  }

  std::vector<std::int64_t> few_;    ///< all values, while they are few
  std::vector<std::uint64_t> bins_;  ///< empty until then
  std::uint64_t count_ = 0;
  Int128 sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace pigou
