// What a body needs to compile for host and device alike. Bodies are functors of plain data: no
// Thrust, no input or output, no allocation; only + - * / and integer operations, so that the CPU
// (any vector width) and the GPU give the same bits. Built with -ffp-contract=off and -fmad=false.
#pragma once

#include <bit>
#include <cstdint>

#ifdef __CUDACC__
#define PIGOU_HD __host__ __device__ __forceinline__
#else
// Forced, so that a body inlined into a function compiled for wider vectors is vectorised there.
#define PIGOU_HD inline __attribute__((always_inline))
#endif

namespace pigou {

/// High 64 bits of a product: floor(a * b / 2^64).
PIGOU_HD std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
#ifdef __CUDA_ARCH__
  return __umul64hi(a, b);
#else
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 64);
#endif
}

PIGOU_HD double double_from_bits(std::int64_t bits) {
#ifdef __CUDA_ARCH__
  return __longlong_as_double(bits);
#else
  return std::bit_cast<double>(bits);
#endif
}

PIGOU_HD std::int64_t bits_of_double(double value) {
#ifdef __CUDA_ARCH__
  return __double_as_longlong(value);
#else
  return std::bit_cast<std::int64_t>(value);
#endif
}

/// 1.5 * 2^52: adding it to |x| < 2^51 leaves x, rounded to nearest, in the low bits. Integer to
/// double and back by one addition, because AVX2 has no such conversion for 64-bit integers.
inline constexpr double kRoundingShift = 6755399441055744.0;
inline constexpr std::int64_t kRoundingShiftBits = 0x4338000000000000;

/// The double equal to `value`; exact for |value| < 2^51.
PIGOU_HD double exact_double(std::int64_t value) {
  const auto bits =
      static_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(kRoundingShiftBits);
  return double_from_bits(static_cast<std::int64_t>(bits)) - kRoundingShift;
}

/// `value` rounded to the nearest integer (ties to even); for |value| < 2^51.
PIGOU_HD std::int64_t rounded_integer(double value) {
  return bits_of_double(value + kRoundingShift) - kRoundingShiftBits;
}

/// An integer that orders as the cost does; NaN does not occur. Minimum, ties and equality are then
/// integer operations for every kind of cost. Adding zero makes -0.0 equal 0.0.
PIGOU_HD std::int64_t ordered_key(double cost) {
  const std::int64_t bits = bits_of_double(cost + 0.0);
  return bits ^ ((bits >> 63) & INT64_MAX);
}
PIGOU_HD std::int64_t ordered_key(std::int64_t cost) { return cost; }

/// The cost behind a key, as a double.
template <class Value>
PIGOU_HD double cost_of_key(std::int64_t key);
template <>
PIGOU_HD double cost_of_key<double>(std::int64_t key) {
  return double_from_bits(key ^ ((key >> 63) & INT64_MAX));
}
template <>
PIGOU_HD double cost_of_key<std::int64_t>(std::int64_t key) {
  return exact_double(key);
}

}  // namespace pigou
