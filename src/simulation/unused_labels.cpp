#include "simulation/unused_labels.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pigou {
namespace {

constexpr std::array<std::string_view, 7> kNoNews = {
    "instance", "prefill_instance", "decode_instance", "finish", "kind", "model", "adapter"};

bool says_something(const LabelColumn& label) {
  return std::ranges::any_of(label.code, [](std::uint32_t code) { return code != kNoIndex; });
}

std::uint64_t models_of(const Trace& trace) {
  const LabelColumn* const label = trace.label("model");
  if (label == nullptr) return 1;
  std::vector<std::uint8_t> asked(label->values.size(), 0);
  for (const std::uint32_t code : label->code)
    if (code != kNoIndex) asked[code] = 1;
  const auto models = static_cast<std::uint64_t>(std::ranges::count(asked, std::uint8_t{1}));
  return std::max<std::uint64_t>(1, models);
}

bool has_sessions(const Trace& trace) {
  const auto linked = [](std::uint32_t previous) { return previous != kNoIndex; };
  return trace.closed_loop() || std::ranges::any_of(trace.previous_turn, linked);
}

}  // namespace

UnusedLabels unused_labels(const Trace& trace, LabelSet used, const GatewayConfig& gateway) {
  UnusedLabels unused;
  bool labelled = false;
  for (const LabelColumn& label : trace.labels) {
    if (std::ranges::find(kNoNews, label.name) != kNoNews.end() || !says_something(label)) continue;
    labelled = labelled || label.name == label_name(RequestLabel::kSession);
    if (!used.has(label.name)) unused.labels.push_back(label.name);
  }
  const bool sessions = labelled || has_sessions(trace);
  const bool sticks = used.has(RequestLabel::kSession);
  unused.sessions = sessions && !labelled && !sticks;
  if (sessions && sticks && gateway.replica_choice != ReplicaChoice::kSession)
    unused.session_replicas = gateway.replicas;
  unused.models = models_of(trace);
  return unused;
}

}  // namespace pigou
