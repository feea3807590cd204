// Lengths in tokens, drawn from a law.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/random_stream.hpp"
#include "trace/synthesis/quantile_table.hpp"

namespace pigou {

/// A whole number drawn per request: always `mean`, or log-normal with that mean, `sigma` the
/// standard deviation of the logarithm, or from a histogram; rounded and held within [min, max].
struct LengthModel {
  bool lognormal = false;
  double mean = 1;
  double sigma = 0;
  std::uint32_t min = 1;
  std::uint32_t max = 100'000'000;
  std::shared_ptr<const QuantileTable> histogram = nullptr;  ///< instead of the law above

  bool fixed() const { return !lognormal && histogram == nullptr; }
};

/// Parses "2048", "lognormal:MEAN:SIGMA[:MIN:MAX]" or "histogram:FILE" (lines of tokens,count);
/// false when it has none of these forms. Throws UserError for a histogram that cannot be read.
bool parse_length(const std::string& text, LengthModel& model);

/// Throws UserError, opened by `key`, for a law that cannot be drawn from.
void check_length(const std::string& key, const LengthModel& model);

/// Draws of one length, each by its own counter.
class LengthDraws {
 public:
  LengthDraws(const LengthModel& model, std::uint64_t seed, std::string_view name);
  std::uint32_t draw(std::uint64_t entity) const;
  /// A draw whose rank has correlation `rho` (of a Gaussian copula) with the standard normal `z`.
  std::uint32_t draw(std::uint64_t entity, double rho, double z) const;
  /// The standard normal value behind draw(entity).
  double normal(std::uint64_t entity) const { return draws_.normal(entity); }

 private:
  std::uint32_t length(double z) const;
  std::uint32_t clamp(double value) const;

  LengthModel model_;
  RandomStream draws_;
  double mu_ = 0;
};

}  // namespace pigou
