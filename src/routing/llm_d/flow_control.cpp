#include "routing/llm_d/flow_control.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/error.hpp"

namespace pigou {
namespace {

/// In Action::order a rank counts this many milliseconds, about 24 days.
constexpr std::int64_t kRankMs = std::int64_t{1} << 31;

}  // namespace

/// Priorities are whole numbers, as an InferenceObjective's (int32): of others the fraction counts
/// for nothing.
std::int64_t EppFlowControl::rank_of(double priority) {
  return -static_cast<std::int64_t>(std::floor(std::clamp(priority, -0x1p31, 0x1p31 - 1)));
}

SimTime EppFlowControl::deadline_of(const EppTicket& ticket) const {
  const std::int64_t target_ms = ticket.view.hints.slo_ttft_ms;
  if (!by_deadline_) return {};
  return target_ms < 0 ? kNever : ticket.since + SimTime{target_ms * kPsPerMillisecond};
}

std::int64_t EppFlowControl::order(const EppTicket& ticket) const {
  const std::int64_t ms = deadline_of(ticket).ps / kPsPerMillisecond;
  return rank_of(ticket.view.hints.priority) * kRankMs + std::min(ms, kRankMs - 1);
}

EppFlowControl::Answer EppFlowControl::arrived(const EppTicket& ticket, double saturation) {
  if (!on_) return Answer::kDispatch;
  if (queued_ == 0 && saturation < 1) return Answer::kDispatch;
  if (max_queued_ > 0 && queued_ >= max_queued_) return Answer::kReject;
  ++queued_;
  if (waiting_.size() <= ticket.slot) waiting_.resize(ticket.slot + 1);
  waiting_[ticket.slot] = {++came_, ticket};
  std::vector<Entry>& heap = flow_of(ticket).heap;
  heap.push_back({deadline_of(ticket), came_, ticket.slot});
  std::ranges::push_heap(heap, std::greater<>{},
                         [](const Entry& e) { return std::tuple(e.deadline, e.number); });
  return Answer::kQueue;
}

/// The flow a request belongs to, made on first sight and kept: llm-d forgets one that was idle for
/// minutes, and begins its turns anew then.
EppFlowControl::Flow& EppFlowControl::flow_of(const EppTicket& ticket) {
  const std::int64_t rank = rank_of(ticket.view.hints.priority);
  auto band = std::ranges::lower_bound(bands_, rank, {}, &Band::rank);
  if (band == bands_.end() || band->rank != rank)
    band = bands_.insert(band, Band{rank, {}, {}, {}});
  const std::string_view name = by_flow_ ? ticket.view.hints.tenant : std::string_view{};
  auto flow = std::ranges::lower_bound(band->flows, name, {}, &Flow::name);
  if (flow == band->flows.end() || flow->name != name)
    flow = band->flows.insert(flow, Flow{name, {}});
  return *flow;
}

void EppFlowControl::left(SlotId slot) {
  if (slot >= waiting_.size() || waiting_[slot].number == 0) return;
  waiting_[slot].number = 0;
  --queued_;
}

void EppFlowControl::cleared() {
  for (Waiting& waiting : waiting_) waiting.number = 0;
  queued_ = 0;
}

/// Drops who has left from the head of a flow; false: nobody waits in it.
bool EppFlowControl::trim(Flow& flow) const {
  while (!flow.heap.empty() && !waits(flow.heap.front())) {
    std::ranges::pop_heap(flow.heap, std::greater<>{},
                          [](const Entry& e) { return std::tuple(e.deadline, e.number); });
    flow.heap.pop_back();
  }
  return !flow.heap.empty();
}

/// The first flow after the one that had the last turn in which somebody waits; null: there is
/// none.
EppFlowControl::Flow* EppFlowControl::next_flow(Band& band) const {
  const std::size_t flows = band.flows.size();
  std::size_t start = 0;
  if (band.turned) {
    const auto after = std::ranges::upper_bound(band.flows, band.last, {}, &Flow::name);
    start = static_cast<std::size_t>(after - band.flows.begin());
  }
  for (std::size_t k = 0; k < flows; ++k) {
    Flow& flow = band.flows[(start + k) % flows];
    if (trim(flow)) return &flow;
  }
  return nullptr;
}

const EppTicket& EppFlowControl::first() {
  for (Band& band : bands_)
    if (const Flow* flow = next_flow(band)) return waiting_[flow->heap.front().slot].ticket;
  require(false, "somebody waits in the router");
  return waiting_.front().ticket;
}

EppTicket EppFlowControl::take() {
  for (Band& band : bands_) {
    Flow* flow = next_flow(band);
    if (flow == nullptr) continue;
    const EppTicket ticket = waiting_[flow->heap.front().slot].ticket;
    band.last = flow->name;
    band.turned = true;
    left(ticket.slot);
    trim(*flow);
    return ticket;
  }
  return {};
}

}  // namespace pigou
