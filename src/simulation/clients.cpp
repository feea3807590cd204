#include "simulation/clients.hpp"

#include <algorithm>
#include <numeric>

namespace pigou {

Clients::Clients(std::shared_ptr<const Workload> workload, double timeout_s,
                 const ClientSources& sources)
    : workload_(std::move(workload)),
      timeout_s_(timeout_s),
      sources_(sources),
      closed_(workload_->trace.closed_loop()) {}

void Clients::start(EventTree& events) {
  const Workload& w = *workload_;
  if (w.concurrency > 0) {
    refill_due_ = std::min<std::uint32_t>(w.concurrency, static_cast<std::uint32_t>(w.size()));
    next_ = static_cast<std::uint32_t>(w.arrival.size());
    if (refill_due_ > 0) events.set(sources_.refill, SimTime{0}, Phase::kFollowUp);
    return;
  }
  if (!closed_) return;
  const Trace& trace = w.trace;
  const auto lanes = static_cast<std::uint32_t>(trace.lanes.size());
  session_left_.assign(std::size_t{w.copies} * trace.sessions, 0);
  session_lanes_.resize(trace.sessions);
  for (std::uint32_t copy = 0; copy < w.copies; ++copy) {
    for (const Trace::Lane& lane : trace.lanes) {
      lane_next_.push_back(lane.first_row);
      session_left_[copy * trace.sessions + lane.session] += lane.end_row - lane.first_row;
    }
  }
  for (std::uint32_t l = 0; l < lanes; ++l) {
    if (trace.lanes[l].trigger != kNoIndex)
      triggers_.emplace_back(trace.lanes[l].trigger, l);
    else
      session_lanes_[trace.lanes[l].session].push_back(l);
  }
  std::sort(triggers_.begin(), triggers_.end());
  session_order_.resize(session_left_.size());
  std::iota(session_order_.begin(), session_order_.end(), 0U);
  std::stable_sort(session_order_.begin(), session_order_.end(),
                   [&](auto a, auto b) { return w.session_start[a] < w.session_start[b]; });
  start_waiting_sessions(SimTime{0}, events);
}

/// Starts sessions in planned order while the limit allows; a start in the past means now.
void Clients::start_waiting_sessions(SimTime now, EventTree& events) {
  const std::uint32_t limit = workload_->sessions_max_concurrent;
  while (session_head_ < session_order_.size() && (limit == 0 || sessions_active_ < limit)) {
    const std::uint32_t session = session_order_[session_head_++];
    ++sessions_active_;
    start_session(session, std::max(now, workload_->session_start[session]), events);
  }
}

void Clients::start_session(std::uint32_t session, SimTime at, EventTree& events) {
  const Trace& trace = workload_->trace;
  const std::uint32_t copy = session / trace.sessions;
  const auto lanes = static_cast<std::uint32_t>(trace.lanes.size());
  for (const std::uint32_t lane : session_lanes_[session % trace.sessions]) {
    const SimTime think = trace.think[trace.lanes[lane].first_row];
    events.set(sources_.lanes + copy * lanes + lane, at + think, Phase::kFollowUp);
  }
}

RequestId Clients::take_turn(std::uint32_t index, EventTree& events) {
  events.cancel(sources_.lanes + index);
  const auto lanes = static_cast<std::uint32_t>(workload_->trace.lanes.size());
  const auto rows = static_cast<std::uint32_t>(workload_->trace.rows());
  return RequestId{index / lanes * rows + lane_next_[index]++};
}

RequestId Clients::take_refill(std::uint64_t arrived, EventTree& events) {
  if (--refill_due_ == 0) events.cancel(sources_.refill);
  return RequestId{static_cast<std::uint32_t>(arrived)};
}

void Clients::answered(const RequestState& state, std::uint64_t arrived, SimTime now,
                       EventTree& events) {
  const Workload& w = *workload_;
  if (w.concurrency > 0) {
    if (arrived + refill_due_ >= w.size()) return;
    ++refill_due_;
    events.set(sources_.refill, now, Phase::kFollowUp);
    return;
  }
  if (!closed_) return;
  const Trace& trace = w.trace;
  const auto lanes = static_cast<std::uint32_t>(trace.lanes.size());
  const auto lane_of = std::upper_bound(
      trace.lanes.begin(), trace.lanes.end(), state.row,
      [](std::uint32_t row, const Trace::Lane& lane) { return row < lane.first_row; });
  const auto lane = static_cast<std::uint32_t>(lane_of - trace.lanes.begin()) - 1;
  const auto set = [&](std::uint32_t l, std::uint32_t row) {
    events.set(sources_.lanes + state.copy * lanes + l, now + trace.think[row], Phase::kFollowUp);
  };
  if (state.row + 1 < trace.lanes[lane].end_row) set(lane, state.row + 1);
  for (auto t =
           std::lower_bound(triggers_.begin(), triggers_.end(), std::pair{state.row.value, 0U});
       t != triggers_.end() && t->first == state.row; ++t)
    set(t->second, trace.lanes[t->second].first_row);
  const std::uint32_t session = state.copy * trace.sessions + trace.lanes[lane].session;
  if (--session_left_[session] > 0) return;
  --sessions_active_;
  start_waiting_sessions(now, events);
}

void Clients::wait(SlotId slot, RequestId request, SimTime now, EventTree& events) {
  if (timeout_s_ <= 0) return;
  const SimTime deadline = now + from_seconds(timeout_s_, "workload.timeout_s");
  timeouts_.push_back({deadline, slot, request});
  if (timeouts_.size() == 1) events.set(sources_.timeout, deadline, Phase::kTimer);
}

std::optional<SlotId> Clients::take_timeout(const Requests& requests, EventTree& events) {
  const Timeout due = timeouts_.front();
  timeouts_.pop_front();
  const auto alive = [&](const Timeout& t) { return requests.waits(t.slot, t.request); };
  while (!timeouts_.empty() && !alive(timeouts_.front())) timeouts_.pop_front();
  if (timeouts_.empty())
    events.cancel(sources_.timeout);
  else
    events.set(sources_.timeout, timeouts_.front().deadline, Phase::kTimer);
  if (!alive(due)) return {};
  return due.slot;
}

}  // namespace pigou
