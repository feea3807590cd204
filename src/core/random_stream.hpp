// Named, counter-based random streams: draw k of entity e in stream "name" never depends on any
// other draw. Philox4x32-10 from Random123 (Salmon et al., SC'11).
#pragma once

#include <cstdint>
#include <string_view>

namespace pigou {

/// One stream. Cheap to make, cheap to copy, no state but the seed and the name's hash.
class RandomStream {
 public:
  RandomStream() = default;
  RandomStream(std::uint64_t seed, std::string_view name);

  /// 64 uniform bits for draw `k` of `entity`.
  std::uint64_t bits(std::uint64_t entity, std::uint32_t k = 0) const;
  /// Uniform in [0, 1), 53 bits.
  double uniform(std::uint64_t entity, std::uint32_t k = 0) const {
    return static_cast<double>(bits(entity, k) >> 11) * 0x1.0p-53;
  }
  /// Uniform in [0, n), n > 0, by multiply-shift (bias below 2^-32 for n < 2^32).
  std::uint32_t below(std::uint32_t n, std::uint64_t entity, std::uint32_t k = 0) const {
    return static_cast<std::uint32_t>(((bits(entity, k) >> 32) * n) >> 32);
  }
  /// Exponential with mean 1.
  double exponential(std::uint64_t entity, std::uint32_t k = 0) const;
  /// Standard normal (Box-Muller on draws k of two sub-streams).
  double normal(std::uint64_t entity, std::uint32_t k = 0) const;

 private:
  std::uint32_t key_[2] = {0, 0};
};

/// FNV-1a of a name, 64 bits: the stable hash behind stream names and catalogue keys.
constexpr std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// mix64 but for its last step, which leaves the upper 31 bits alone: of two values they say which
/// mix is larger, unless they are equal.
constexpr std::uint64_t begin_mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  return (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
}
constexpr std::uint64_t finish_mix64(std::uint64_t x) { return x ^ (x >> 31); }

/// SplitMix64 finaliser: a bijective 64-bit mix.
constexpr std::uint64_t mix64(std::uint64_t x) { return finish_mix64(begin_mix64(x)); }

}  // namespace pigou
