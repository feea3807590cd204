#include "routing/dynamo/queue.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {
namespace {

/// What is cached decides the class, the order, the turns of several classes or a limit.
bool reads_cached(const DynamoProfile& profile) {
  return profile.classes.size() > 1 ||
         std::ranges::any_of(profile.classes, [](const DynamoClass& c) {
           return c.order == DynamoClass::Order::kWspt || c.cached_token_limit.has_value();
         });
}

/// Credit that never overflows: a quantum may be any whole number.
constexpr std::int64_t kMostCredit = std::int64_t{1} << 62;

std::int64_t with_rounds(std::int64_t deficit, std::int64_t quantum, std::int64_t rounds) {
  if (rounds > (kMostCredit - deficit) / quantum) return kMostCredit;
  return deficit + rounds * quantum;
}

}  // namespace

DynamoQueue::DynamoQueue(DynamoProfile profile)
    : profile_(std::move(profile)),
      on_(profile_.queues()),
      needs_overlap_(reads_cached(profile_)),
      classes_(profile_.classes.size()) {
  require(!classes_.empty(), "a profile has a class");
  for (Class& c : classes_) c.lanes.emplace_back();
}

DynamoTicket DynamoQueue::classify(const Decision& decision, const RequestView& request,
                                   std::int64_t cached_tokens, std::uint32_t pinned) const {
  DynamoTicket ticket;
  ticket.slot = decision.slot;
  ticket.request = decision.request;
  ticket.pinned = pinned;
  ticket.input_tokens = request.row.input_tokens;
  ticket.cached_tokens = std::min(cached_tokens, ticket.input_tokens);
  ticket.since = decision.time;
  ticket.view = request;
  ticket.cls = profile_.class_of(request.hints.policy_class, ticket.uncached());
  return ticket;
}

bool DynamoQueue::busy(const RouterView& view, const FleetSide& side,
                       const DynamoTicket& ticket) const {
  const DynamoClass& rule = profile_.classes[ticket.cls];
  if (!rule.queues()) return false;
  const bool all = !rule.busy_worker_ratio;
  std::uint32_t asked = 0, busy = 0;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    if (!side.usable(i) || (ticket.pinned != kNoIndex && i != ticket.pinned)) continue;
    ++asked;
    const bool above = rule.worker_busy(side.columns.active_prefill_tokens[i],
                                        view.max_batched_tokens(side.id(i)));
    if (all && !above) return false;
    busy += above ? 1 : 0;
  }
  return rule.fleet_busy(busy, asked);
}

bool DynamoQueue::full(std::uint32_t cls, std::uint32_t workers) const {
  const Class& c = classes_[cls];
  const DynamoClass& rule = profile_.classes[cls];
  const auto reached = [&](std::int64_t has, const std::optional<std::int64_t>& limit) {
    return limit && (*limit == 0 || workers == 0 || has / workers >= *limit);
  };
  return reached(c.requests, rule.request_limit) ||
         reached(c.input_tokens, rule.input_token_limit) ||
         reached(c.cached_tokens, rule.cached_token_limit);
}

bool DynamoQueue::later(const Entry& a, const Entry& b) {
  if (a.strict != b.strict) return a.strict < b.strict;
  if (a.score != b.score) return a.score < b.score;
  return a.number > b.number;
}

DynamoQueue::Lane& DynamoQueue::lane_of(Class& c, std::uint32_t pinned) {
  const auto found = std::ranges::find(c.lanes, pinned, &Lane::pinned);
  if (found != c.lanes.end()) return *found;
  return c.lanes.emplace_back(Lane{pinned, {}});
}

std::int64_t DynamoQueue::enter(const DynamoTicket& ticket) {
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
  std::int64_t place = ticket.since.ps;
  const Order order = rule(ticket.cls).order;
  if (order == Order::kWspt) {
    entry.score = (1 + jump) / static_cast<double>(ticket.cost());
    place = ticket.cost();
  } else if (order == Order::kLcfs) {
    entry.score = jump + came_s;
    place = -place;
  } else {
    entry.score = jump - came_s;
  }
  Class& c = classes_[ticket.cls];
  ++c.requests;
  c.input_tokens += ticket.input_tokens;
  c.cached_tokens += ticket.cached_tokens;
  number_of_[ticket.slot] = entry.number;
  ticket_of_[ticket.slot] = ticket;
  std::vector<Entry>& heap = lane_of(c, ticket.pinned).heap;
  heap.push_back(entry);
  std::push_heap(heap.begin(), heap.end(), later);
  return place;
}

void DynamoQueue::leave(SlotId slot) {
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

/// The lane's first, those that have left put aside; null: nobody waits there.
const DynamoQueue::Entry* DynamoQueue::first(Lane& lane) {
  std::vector<Entry>& heap = lane.heap;
  while (!heap.empty() && !waits(heap.front())) {
    std::pop_heap(heap.begin(), heap.end(), later);
    heap.pop_back();
  }
  return heap.empty() ? nullptr : &heap.front();
}

/// Whom look() found leaves and is paid for; what credit is left is spent before others' turn.
DynamoTicket DynamoQueue::take(std::uint32_t cls) {
  Class& c = classes_[cls];
  std::vector<Entry>& heap = c.lanes[c.from].heap;
  std::pop_heap(heap.begin(), heap.end(), later);
  const DynamoTicket ticket = heap.back().ticket;
  heap.pop_back();
  number_of_[ticket.slot] = 0;
  turn_ = (cls + 1) % count();
  c.deficit = std::max<std::int64_t>(0, c.deficit - ticket.cost());
  count_out(ticket);
  if (c.deficit > 0) served_ = cls;
  return ticket;
}

/// Whole rounds at once, as few as let somebody go.
void DynamoQueue::grant_rounds() {
  std::int64_t rounds = INT64_MAX;
  for (std::uint32_t cls = 0; cls < count(); ++cls) {
    const Class& c = classes_[cls];
    if (c.cost == 0) continue;
    const std::int64_t quantum = rule(cls).quantum;
    const std::int64_t missing = c.cost - c.deficit;
    rounds = std::min(rounds, (missing - 1) / quantum + 1);
  }
  for (std::uint32_t cls = 0; cls < count(); ++cls) {
    Class& c = classes_[cls];
    if (c.cost > 0) c.deficit = with_rounds(c.deficit, rule(cls).quantum, rounds);
  }
}

std::uint32_t DynamoQueue::affordable() const {
  for (std::uint32_t k = 0; k < count(); ++k) {
    const std::uint32_t cls = (turn_ + k) % count();
    if (classes_[cls].cost > 0 && classes_[cls].cost <= classes_[cls].deficit) return cls;
  }
  return kNoIndex;
}

}  // namespace pigou
