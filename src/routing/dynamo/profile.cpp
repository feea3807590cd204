#include "routing/dynamo/profile.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {

DynamoProfile DynamoProfile::synthetic(std::optional<double> threshold_frac,
                                       DynamoClass::Order order) {
  DynamoProfile profile;
  DynamoClass& only = profile.classes.emplace_back();
  only.order = order;
  only.prefill_busy_threshold_frac = threshold_frac;
  return profile;
}

bool DynamoProfile::queues() const {
  return std::ranges::any_of(classes, [](const DynamoClass& c) { return c.queues(); });
}

std::uint32_t DynamoProfile::class_of(std::string_view wanted, std::int64_t uncached_tokens) const {
  if (families.empty()) return 0;
  std::uint32_t family = default_family;
  for (std::uint32_t c = 0; !wanted.empty() && c < classes.size(); ++c) {
    if (bindings[c].family == kNoFamily && classes[c].name == wanted) return c;
    if (bindings[c].family != kNoFamily && families[bindings[c].family] == wanted)
      family = bindings[c].family;
  }
  const auto above = std::ranges::upper_bound(bucket_from, uncached_tokens);
  const auto bucket = static_cast<std::uint32_t>(above - bucket_from.begin()) - 1;
  for (std::uint32_t c = 0; c < classes.size(); ++c)
    if (bindings[c].family == family && bindings[c].bucket == bucket) return c;
  throw InternalError("every family has a class for every bucket");
}

}  // namespace pigou
