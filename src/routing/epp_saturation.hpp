// llm-d's saturation detector and what follows from it: shedding, and flow control, which queues in
// the router.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "routing/epp_pods.hpp"
#include "routing/epp_settings.hpp"

namespace pigou {

/// How full the pods are; 1 is full, an empty pool is 1. By utilization the mean over pods of
/// max(waiting / queue_depth, KV usage / kv_usage), a pod never scraped being 1; by concurrency
/// requests (tokens, the fuller of both) in flight over capacity. The pool is both sides of a split
/// cluster together.
double epp_saturation(const EppSaturationSettings& settings, std::span<const EppPods> sides);

/// Probability that a sheddable request is rejected at this saturation.
inline double epp_reject_probability(double saturation) {
  double power = 1;
  for (int k = 0; k < 5; ++k) power *= saturation;
  return std::min(1.0, 300 * power);
}

/// The router's own queue: a band for each priority, the highest first, and first come first served
/// inside one, which is what earliest deadline and SLO deadline come to where all requests have one
/// time to live and target. While it is not empty the pool is looked at every cycle, and a look at
/// an unsaturated pool lets the head go.
class EppFlowControl {
 public:
  enum class Answer : std::uint8_t { kDispatch, kQueue, kReject };

  explicit EppFlowControl(const EppSettings& settings)
      : on_(settings.flow_control),
        cycle_(settings.dispatch_cycle),
        max_queued_(settings.max_queued) {}

  bool on() const { return on_; }
  /// Place of a request of this priority among those that wait: smaller leaves first. Priorities
  /// are whole numbers, as an InferenceObjective's; of others the fraction counts for nothing.
  static std::int64_t order(double priority) {
    return -static_cast<std::int64_t>(std::floor(std::clamp(priority, -0x1p53, 0x1p53)));
  }
  /// A request has come in.
  Answer arrived(double saturation) {
    if (!on_) return Answer::kDispatch;
    if (queued_ == 0 && saturation < 1) return Answer::kDispatch;
    if (max_queued_ > 0 && queued_ >= max_queued_) return Answer::kReject;
    ++queued_;
    return Answer::kQueue;
  }
  /// A queued request has gone, whatever the reason.
  void left() { --queued_; }
  /// Nobody waits.
  void cleared() { queued_ = 0; }
  /// Whether the head may go at this look.
  bool releases(double saturation, SimTime now) {
    if (saturation >= 1 || now < next_) return false;
    next_ = now + cycle_;
    return true;
  }
  SimTime next_look(SimTime now) const { return now + cycle_; }
  bool empty() const { return queued_ == 0; }

 private:
  bool on_;
  SimTime cycle_;
  std::int64_t max_queued_;
  std::int64_t queued_ = 0;
  SimTime next_;  ///< no second request before
};

}  // namespace pigou
