// A lost request waits in the gateway until it goes through the router again. docs/fleet.md.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "routing/lost_requests.hpp"

namespace pigou {

/// The wait before retry `k` (0 is the first), `uniform` in [0, 1) drawing its jitter.
SimTime retry_delay(const RetryBackoff& backoff, std::uint32_t k, double uniform);

/// An attempt to come.
struct Retry {
  SimTime time;
  std::uint64_t number = 0;  ///< of the retry: those of one instant go out in order of their losses
  std::uint32_t slot = kNoIndex;
  bool operator>(const Retry& other) const {
    return time != other.time ? time > other.time : number > other.number;
  }
};
using Retries = std::priority_queue<Retry, std::vector<Retry>, std::greater<>>;

}  // namespace pigou
