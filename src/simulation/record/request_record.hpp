// What is recorded of one request.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// Everything known of a request when it ends. Times are kNever where they never came.
struct RequestRecord {
  RequestId request = 0;
  Outcome outcome = Outcome::kInFlight;
  SimTime arrival, scheduled = kNever, first_token = kNever, end = kNever;
  std::uint32_t input_tokens = 0, output_tokens = 0;
  std::uint32_t hit_tokens = 0, believed_tokens = 0, preemptions = 0, attempts = 0, attempt = 0;
  InstanceId instance = kNoIndex, decode_instance = kNoIndex;
};

}  // namespace pigou
