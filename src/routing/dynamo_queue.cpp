#include "routing/dynamo_queue.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {

bool DynamoQueue::needs_overlap() const {
  return rule_.order == DynamoQueueRule::Order::kWspt || rule_.long_from > 0 ||
         rule_.batch_share > 0 || rule_.cached_token_limit != DynamoQueueRule::kNoLimit;
}

DynamoTicket DynamoQueue::classify(const Decision& decision, const RequestView& request,
                                   std::int64_t cached_tokens) const {
  DynamoTicket ticket;
  ticket.slot = decision.slot;
  ticket.request = decision.request;
  ticket.input_tokens = request.row.input_tokens;
  ticket.cached_tokens = std::min(cached_tokens, ticket.input_tokens);
  ticket.since = decision.time;
  ticket.view = request;
  const bool batch =
      request.hints.policy_class == "batch" ||
      (rule_.batch_share > 0 && families_.uniform(request.session) < rule_.batch_share);
  const bool longer = rule_.long_from > 0 && ticket.uncached() >= rule_.long_from;
  ticket.cls = (batch ? 2U : 0U) + (longer ? 1U : 0U);
  return ticket;
}

bool DynamoQueue::busy(const RouterView& view, const Side& side, std::uint32_t pinned) const {
  std::uint32_t asked = 0, busy = 0;
  const bool all = rule_.busy_worker_ratio <= 0;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    if (!side.usable(i) || (pinned != kNoIndex && i != pinned)) continue;
    ++asked;
    const auto tokens = static_cast<double>(side.columns.active_prefill_tokens[i]);
    const auto step = static_cast<double>(view.max_batched_tokens(side.first + i));
    const bool above = (rule_.threshold > 0 && tokens > rule_.threshold * step) ||
                       (rule_.threshold_tokens > 0 && tokens > rule_.threshold_tokens);
    if (all && !above) return false;
    busy += above ? 1 : 0;
  }
  return asked > 0 && (all || busy >= rule_.busy_worker_ratio * asked);
}

bool DynamoQueue::full(std::uint32_t cls, std::uint32_t workers) const {
  const Class& c = classes_[cls];
  const auto reached = [&](std::int64_t has, std::int64_t limit) {
    return limit != DynamoQueueRule::kNoLimit && has >= limit * workers;
  };
  return reached(c.requests, rule_.request_limit) ||
         reached(c.input_tokens, rule_.input_token_limit) ||
         reached(c.cached_tokens, rule_.cached_token_limit);
}

bool DynamoQueue::later(const Entry& a, const Entry& b) {
  if (a.strict != b.strict) return a.strict < b.strict;
  if (a.score != b.score) return a.score < b.score;
  return a.number > b.number;
}

std::int64_t DynamoQueue::enter(const DynamoTicket& ticket) {
  using Order = DynamoQueueRule::Order;
  if (ticket.slot >= number_of_.size()) {
    number_of_.resize(ticket.slot + 1, 0);
    ticket_of_.resize(ticket.slot + 1);
  }
  const double jump = std::max(0.0, ticket.view.hints.priority);
  const double came_s = to_seconds(ticket.since);
  Entry entry;
  entry.strict = ticket.view.hints.strict_priority;
  entry.number = ++entered_;
  entry.ticket = ticket;
  std::int64_t order = ticket.since.ps;
  if (rule_.order == Order::kWspt) {
    entry.score = (1 + jump) / static_cast<double>(ticket.cost());
    order = ticket.cost();
  } else if (rule_.order == Order::kLcfs) {
    entry.score = jump + came_s;
    order = -order;
  } else {
    entry.score = jump - came_s;
  }
  Class& c = classes_[ticket.cls];
  ++c.requests;
  c.input_tokens += ticket.input_tokens;
  c.cached_tokens += ticket.cached_tokens;
  number_of_[ticket.slot] = entry.number;
  ticket_of_[ticket.slot] = ticket;
  c.heap.push_back(entry);
  std::push_heap(c.heap.begin(), c.heap.end(), later);
  return order;
}

void DynamoQueue::leave(std::uint32_t slot) {
  if (slot >= number_of_.size() || number_of_[slot] == 0) return;
  number_of_[slot] = 0;
  count_out(ticket_of_[slot]);
}

void DynamoQueue::count_out(const DynamoTicket& ticket) {
  Class& c = classes_[ticket.cls];
  --c.requests;
  c.input_tokens -= ticket.input_tokens;
  c.cached_tokens -= ticket.cached_tokens;
  if (c.requests == 0) c.deficit = 0;
}

/// The class's first, those that have left put aside; null: nobody waits there.
const DynamoQueue::Entry* DynamoQueue::first(std::uint32_t cls) {
  std::vector<Entry>& heap = classes_[cls].heap;
  while (!heap.empty() && !waits(heap.front())) {
    std::pop_heap(heap.begin(), heap.end(), later);
    heap.pop_back();
  }
  return heap.empty() ? nullptr : &heap.front();
}

/// The class's first leaves and is paid for; what credit is left is spent before others' turn.
DynamoTicket DynamoQueue::take(std::uint32_t cls) {
  Class& c = classes_[cls];
  std::pop_heap(c.heap.begin(), c.heap.end(), later);
  const DynamoTicket ticket = c.heap.back().ticket;
  c.heap.pop_back();
  number_of_[ticket.slot] = 0;
  turn_ = (cls + 1) % kDynamoClasses;
  c.deficit = std::max<std::int64_t>(0, c.deficit - ticket.cost());
  count_out(ticket);
  if (c.deficit > 0) served_ = cls;
  return ticket;
}

/// Whole rounds at once, as few as let somebody go.
void DynamoQueue::grant_rounds() {
  std::int64_t rounds = INT64_MAX;
  for (std::uint32_t cls = 0; cls < kDynamoClasses; ++cls) {
    if (cost_[cls] == 0) continue;
    const std::int64_t missing = cost_[cls] - classes_[cls].deficit;
    rounds = std::min(rounds, (missing + rule_.quantum[cls] - 1) / rule_.quantum[cls]);
  }
  for (std::uint32_t cls = 0; cls < kDynamoClasses; ++cls)
    if (cost_[cls] > 0) classes_[cls].deficit += rounds * rule_.quantum[cls];
}

std::uint32_t DynamoQueue::affordable() const {
  for (std::uint32_t k = 0; k < kDynamoClasses; ++k) {
    const std::uint32_t cls = (turn_ + k) % kDynamoClasses;
    if (cost_[cls] > 0 && cost_[cls] <= classes_[cls].deficit) return cls;
  }
  return kNoIndex;
}

}  // namespace pigou
