// Dynamo's policy classes: what a profile of its `--router-policy-config` says once it is checked.
// Source: ai-dynamo/dynamo lib/kv-router/src/scheduling/policy_config.rs@0111b619348a.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "routing/policy_file.hpp"

namespace pigou {

/// One queue and its rule. What is not set is Dynamo's None.
struct DynamoClass {
  /// fcfs, lcfs: by arrival at the router; wspt: fewest tokens not cached anywhere first.
  enum class Order : std::uint8_t { kFcfs, kWspt, kLcfs };

  std::string name = "default";
  Order order = Order::kFcfs;
  std::int64_t quantum = 1;  ///< uncached tokens a round of deficit round robin grants
  /// A worker is busy above either, in prefill tokens in flight; with neither nobody ever waits.
  std::optional<std::int64_t> prefill_busy_threshold;
  std::optional<double> prefill_busy_threshold_frac;  ///< times what one step of the worker takes
  std::optional<double> busy_worker_ratio;            ///< busy share that makes all busy; or all
  // Per worker: a class whose queue holds as much refuses more.
  std::optional<std::int64_t> request_limit;
  std::optional<std::int64_t> input_token_limit;
  std::optional<std::int64_t> cached_token_limit;

  bool queues() const {
    return prefill_busy_threshold.has_value() || prefill_busy_threshold_frac.has_value();
  }
  bool worker_busy(std::int64_t prefill_tokens, std::int64_t step_tokens) const {
    const auto tokens = static_cast<double>(prefill_tokens);
    return (prefill_busy_threshold && prefill_tokens > *prefill_busy_threshold) ||
           (prefill_busy_threshold_frac &&
            tokens > *prefill_busy_threshold_frac * static_cast<double>(step_tokens));
  }
  /// A fleet of none is not busy: a request that may go to nobody is for the selector to refuse.
  bool fleet_busy(std::uint32_t busy, std::uint32_t workers) const {
    return workers > 0 &&
           (busy_worker_ratio ? busy >= *busy_worker_ratio * workers : busy == workers);
  }
};

/// The classes of one model, and which of them a request belongs to.
struct DynamoProfile final : PolicyFile {
  static constexpr std::uint32_t kNoFamily = kNoIndex;
  struct Binding {
    std::uint32_t family = kNoFamily;  ///< of `families`; kNoFamily: chosen by its name alone
    std::uint32_t bucket = 0;          ///< of `bucket_from`
  };

  std::vector<DynamoClass> classes;
  std::vector<Binding> bindings;          ///< per class; every family has every bucket once
  std::vector<std::string> families;      ///< none: the first class takes all, whatever they ask
  std::vector<std::int64_t> bucket_from;  ///< least uncached tokens, ascending from 0
  std::uint32_t default_family = 0;

  /// The one class of a router without a file.
  static DynamoProfile synthetic(std::optional<double> threshold_frac, DynamoClass::Order order);

  bool queues() const;
  /// Whether class_of looks at what is cached, whoever asks.
  bool buckets() const { return bucket_from.size() > 1; }
  /// The class of a request that asks for `wanted`, a class bound to no family or a family, and has
  /// `uncached_tokens` to compute. Any other word, none included, means the default family.
  std::uint32_t class_of(std::string_view wanted, std::int64_t uncached_tokens) const;
};

}  // namespace pigou
