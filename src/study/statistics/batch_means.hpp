// How far a mean along a trace depends on which stretch of it was replayed.
#pragma once

#include <cstdint>
#include <span>

namespace pigou {

/// A mean and its standard error from means of blocks of neighbours, which depend on each other.
/// Blocks are doubled until von Neumann's ratio finds no trace of dependence between them
/// (Fishman 1978): 32 of them, 16, 8 or, whatever it finds, 4; a block begins with 4 entries or
/// more, if there are as many. NaN where nothing can be said.
struct BatchMeans {
  double mean = 0;
  double standard_error = 0;
  std::uint64_t block = 0;  ///< entries per block
  std::uint64_t blocks = 0;
  std::uint64_t degrees = 0;  ///< of Student's t
};
BatchMeans batch_means(std::span<const double> series);

/// A mean with the bounds of its two-sided interval. NaN where nothing can be said.
struct AlongInterval {
  double mean = 0;
  double low = 0, high = 0;
  std::uint64_t block = 0, blocks = 0;
};

/// Of differences: Student's t over the blocks.
AlongInterval difference_along(std::span<const double> series, double confidence);

/// Of latencies, which are skewed: Student's t over the blocks for the logarithm of the mean.
AlongInterval latency_along(std::span<const double> series, double confidence);

/// Of zeros and ones: Clopper and Pearson's interval of as many independent requests as would give
/// the blocks' standard error (Korn and Graubard 1998). Where so few missed, or met, that most
/// blocks know nothing of it, they are no more than the blocks of the requests' `latencies` say; of
/// none, every request is independent.
AlongInterval share_along(std::span<const double> met, std::span<const double> latencies,
                          double confidence);

/// Of a share seen in `requests` independent ones (Clopper and Pearson 1934).
AlongInterval share_of(double share, std::uint64_t requests, double confidence);

/// Whether the series wanders, as latencies do while a queue grows: the means of 8 blocks depend on
/// each other beyond what chance gives one series in twenty. Stretches of such a series say nothing
/// of other stretches.
bool wanders(std::span<const double> series);

}  // namespace pigou
