#include "core/random_stream.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

namespace pigou {

RandomStream::RandomStream(std::uint64_t seed, std::string_view name) {
  const std::uint64_t key = mix64(seed ^ mix64(hash_name(name)));
  key_[0] = static_cast<std::uint32_t>(key);
  key_[1] = static_cast<std::uint32_t>(key >> 32);
}

std::uint64_t RandomStream::bits(std::uint64_t entity, std::uint32_t k) const {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(entity), static_cast<std::uint32_t>(entity >> 32), k, 0}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const auto out = r123::Philox4x32()(counter, key);
  return (static_cast<std::uint64_t>(out.v[1]) << 32) | out.v[0];
}

double RandomStream::exponential(std::uint64_t entity, std::uint32_t k) const {
  return -std::log1p(-uniform(entity, k));
}

double RandomStream::normal(std::uint64_t entity, std::uint32_t k) const {
  const double radius = std::sqrt(-2.0 * std::log1p(-uniform(entity, 2 * k)));
  return radius * std::cos(2.0 * std::numbers::pi * uniform(entity, 2 * k + 1));
}

}  // namespace pigou
