// Queues of Dynamo's filled by hand, for tests of its orders and classes.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "routing/dynamo/queue.hpp"
#include "routing/fake_view.hpp"

namespace pigou {

inline constexpr const char* kName = "dynamo-kv@2026-08";

struct Waiting {
  std::int64_t tokens = 1000;
  double came_s = 0;
  std::string_view family = {};
  double priority = 0;
  std::uint32_t strict = 0;
  std::uint32_t pinned = kNoIndex;
  std::int64_t cached = 0;
};

/// Slots 0, 1, ... enter in the order of `waiting`.
inline DynamoQueue queue_of(const DynamoProfile& profile, const std::vector<Waiting>& waiting) {
  DynamoQueue queue(profile);
  std::uint32_t slot = 0;
  for (const Waiting& w : waiting) {
    Decision decision;
    decision.slot = SlotId{slot};
    decision.request = RequestId{slot++};
    decision.time = from_seconds(w.came_s, "test");
    RequestView request;
    request.row.input_tokens = w.tokens;
    request.hints = {w.priority, w.strict, w.family};
    queue.enter(queue.classify(decision, request, w.cached, w.pinned));
  }
  return queue;
}

using Slots = std::vector<std::uint32_t>;

/// Slots in the order in which they leave.
inline Slots order_of(DynamoQueue queue) {
  Slots slots;
  for (;;) {
    const DynamoTicket ticket = queue.next([](const DynamoTicket&) { return true; });
    if (ticket.slot == kNoIndex) return slots;
    slots.push_back(ticket.slot);
  }
}

/// Two workers above 4 steps of 1,000 tokens.
inline FakeView busy_pair() {
  FakeView view(2);
  view.set_max_batched_tokens(1000);
  view.active_prefill_tokens = {4001, 4001};
  return view;
}

}  // namespace pigou
