#include "simulation/retries.hpp"

#include <algorithm>
#include <cmath>

#include "core/random_stream.hpp"

namespace pigou {
namespace {

/// `base` to the power `k` by squaring, in single precision: where the real router has its
/// multiplier, so that cutting to whole milliseconds cuts alike.
float power(float base, std::uint32_t k) {
  float product = 1;
  for (; k > 0; k /= 2) {
    if (k % 2 == 1) product *= base;
    base *= base;
  }
  return product;
}

}  // namespace

SimTime retry_delay(const RetryBackoff& backoff, std::uint32_t k, double uniform) {
  const auto initial_ms = static_cast<float>(std::llround(backoff.initial_s * 1e3));
  const std::int64_t most_ms = std::llround(backoff.max_s * 1e3);
  const float wanted_ms = initial_ms * power(static_cast<float>(backoff.multiplier), k);
  const bool capped = wanted_ms >= static_cast<float>(most_ms);
  const std::int64_t ms = capped ? most_ms : static_cast<std::int64_t>(wanted_ms);
  const double scale = backoff.jitter * (2 * uniform - 1);
  const std::int64_t jitter_ms = std::llround(static_cast<double>(ms) * scale);
  return SimTime{kPsPerMillisecond} * std::max<std::int64_t>(0, ms + jitter_ms);
}

bool Retries::allows(std::uint32_t attempt, bool streamed) const {
  return attempt <= limit_ && (!streamed || rule_ == RetryRule::kContinue);
}

SimTime Retries::delay(RequestId request, std::uint32_t attempt) const {
  const std::uint32_t k = attempt - 1;
  const RandomStream stream(seed_, "retry");
  return retry_delay(backoff_, k, stream.uniform(request, k));
}

void Retries::wait(SlotId slot, SimTime until, EventTree& events) {
  backing_off_.push({until, next_number_++, slot});
  events.set(source_, backing_off_.top().time, Phase::kTimer);
}

SlotId Retries::take(EventTree& events) {
  const SlotId slot = backing_off_.top().slot;
  backing_off_.pop();
  if (backing_off_.empty())
    events.cancel(source_);
  else
    events.set(source_, backing_off_.top().time, Phase::kTimer);
  return slot;
}

}  // namespace pigou
