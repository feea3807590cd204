// How far a mean along a trace depends on which stretch of it was replayed.
#pragma once

#include <cstdint>
#include <span>

namespace pigou {

/// A mean with the bounds a moving-block bootstrap gives it.
struct BlockInterval {
  double mean = 0;
  double low = 0, high = 0;
  std::uint64_t block = 0;  ///< entries of the series per block
};

/// Entries per block that suit the dependence in `series`: Politis & White (2004) with the
/// correction of Patton, Politis & White (2009), at least 1 and at most a tenth of the series.
std::uint64_t block_length(std::span<const double> series);

/// Two-sided percentile interval of the mean of `series`, whose neighbours may depend on each other
/// (Kunsch 1989): resamples of blocks of consecutive entries, `resamples` of them, drawn from
/// `seed`. Series longer than 20,000 entries are first averaged in cells. Empty: all NaN.
BlockInterval block_interval(std::span<const double> series, double confidence, std::uint64_t seed,
                             std::uint32_t resamples = 2000);

}  // namespace pigou
