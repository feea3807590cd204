// Strong 32-bit ids. State lives in flat arrays addressed by them; they never mix by accident.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>

namespace pigou {

inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

/// Which of its kind. Read freely as a number, for arrays are indexed by it; made of one on purpose
/// only, `InstanceId{i}`, or of a constant. No id turns into, or compares with, one of another
/// kind.
template <class Tag>
class Id {
 public:
  std::uint32_t value = kNoIndex;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t number) : value(number) {}
  template <class Other>
  Id(Id<Other>) = delete;
  template <std::integral Number>
  consteval Id(Number constant) : value(static_cast<std::uint32_t>(constant)) {}

  constexpr operator std::uint32_t() const { return value; }
  constexpr bool valid() const { return value != kNoIndex; }
  constexpr Id& operator++() {
    ++value;
    return *this;
  }
};

template <class Tag>
constexpr bool operator==(Id<Tag> a, Id<Tag> b) {
  return a.value == b.value;
}
template <class Tag>
constexpr auto operator<=>(Id<Tag> a, Id<Tag> b) {
  return a.value <=> b.value;
}
template <class Tag, std::integral Number>
constexpr bool operator==(Id<Tag> a, Number b) {
  return a.value == static_cast<std::uint32_t>(b);
}
template <class Tag, std::integral Number>
constexpr auto operator<=>(Id<Tag> a, Number b) {
  return a.value <=> static_cast<std::uint32_t>(b);
}
template <class Tag, class Other>
constexpr bool operator==(Id<Tag>, Id<Other>) = delete;
template <class Tag, class Other>
constexpr std::strong_ordering operator<=>(Id<Tag>, Id<Other>) = delete;

using RowId = Id<struct RowTag>;            ///< row of a trace
using RequestId = Id<struct RequestTag>;    ///< number of a request in the workload
using SlotId = Id<struct SlotTag>;          ///< place of a request in flight in a simulation
using CallId = Id<struct CallTag>;          ///< place in the arena of calls in flight
using InstanceId = Id<struct InstanceTag>;  ///< engine instance, all pools together, entry first
using ReplicaId = Id<struct ReplicaTag>;    ///< router replica
using SegmentId = Id<struct SegmentTag>;    ///< a piece of the prefix tree, workload/segments.hpp

}  // namespace pigou
