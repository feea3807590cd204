// Strong 32-bit ids. State lives in flat arrays addressed by them; they never mix by accident.
#pragma once

#include <compare>
#include <cstdint>

namespace pigou {

template <class Tag>
struct Id {
  std::uint32_t value = UINT32_MAX;

  constexpr auto operator<=>(const Id&) const = default;
  constexpr bool valid() const { return value != UINT32_MAX; }
};

using RequestId = Id<struct RequestTag>;    ///< position in the workload's arrival order
using CallId = Id<struct CallTag>;          ///< slot in the arena of calls in flight
using InstanceId = Id<struct InstanceTag>;  ///< engine instance, all pools counted together
using PoolId = Id<struct PoolTag>;
using SegmentId = Id<struct SegmentTag>;  ///< a piece of the prefix tree, see trace/segments.hpp
using SourceId = Id<struct SourceTag>;    ///< something with at most one pending event

inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

}  // namespace pigou
