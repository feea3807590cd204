// What a client may say of a request beside its prompt, as labels of a trace have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace pigou {

/// A label that some router can use. Names are those of Dynamo's request fields and llm-d's
/// headers; `session` is the header a session-sticky router hashes or remembers.
enum class RequestLabel : std::uint8_t {
  kSession,
  kPriority,
  kStrictPriority,
  kPolicyClass,
  kTenant,
  kSloTtft,
  kOverlapCredit,
  kTemperature,
};
inline constexpr std::string_view kRequestLabels[] = {
    "session", "priority",    "strict_priority",      "policy_class",
    "tenant",  "slo_ttft_ms", "overlap_score_credit", "router_temperature"};

/// Labels whose number takes the place of a parameter of the router, for that request.
inline constexpr RequestLabel kFirstOwnValue = RequestLabel::kOverlapCredit;
inline constexpr std::size_t kOwnLabels = 2;
constexpr std::size_t own_place(RequestLabel label) {
  return static_cast<std::size_t>(label) - static_cast<std::size_t>(kFirstOwnValue);
}

constexpr std::string_view label_name(RequestLabel label) {
  return kRequestLabels[static_cast<std::size_t>(label)];
}

/// A few of them.
class LabelSet {
 public:
  constexpr LabelSet() = default;
  constexpr LabelSet(std::initializer_list<RequestLabel> labels) {
    for (const RequestLabel label : labels) add(label);
  }
  constexpr void add(RequestLabel label, bool wanted = true) {
    if (wanted) bits_ |= bit(label);
  }
  constexpr void add(LabelSet others) { bits_ |= others.bits_; }
  constexpr bool has(RequestLabel label) const { return (bits_ & bit(label)) != 0; }
  bool has(std::string_view name) const {
    for (std::size_t l = 0; l < std::size(kRequestLabels); ++l)
      if (name == kRequestLabels[l]) return (bits_ >> l & 1U) != 0;
    return false;
  }
  /// Any beside the session, which every request has: those come as RequestHints.
  constexpr bool hints() const { return (bits_ & ~bit(RequestLabel::kSession)) != 0; }

 private:
  static constexpr std::uint32_t bit(RequestLabel label) {
    return 1U << static_cast<unsigned>(label);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace pigou
