// Where requests come from: a sorted stream, sessions whose turns wait for answers, or a fixed
// number kept outstanding.
#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

void Simulation::init_arrivals() {
  const Workload& w = *workload_;
  if (w.concurrency > 0) {
    refill_due_ = std::min<std::uint32_t>(w.concurrency, static_cast<std::uint32_t>(w.size()));
    next_arrival_ = static_cast<std::uint32_t>(w.arrival.size());
    if (refill_due_ > 0) events_.set(sources_.refill, SimTime{0}, Phase::kFollowUp);
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
  start_waiting_sessions(SimTime{0});
}

/// Starts sessions in planned order while the limit allows; a start in the past means now.
void Simulation::start_waiting_sessions(SimTime now) {
  const std::uint32_t limit = workload_->sessions_max_concurrent;
  while (session_head_ < session_order_.size() && (limit == 0 || sessions_active_ < limit)) {
    const std::uint32_t session = session_order_[session_head_++];
    ++sessions_active_;
    start_session(session, std::max(now, workload_->session_start[session]));
  }
}

void Simulation::start_session(std::uint32_t session, SimTime at) {
  const Trace& trace = workload_->trace;
  const std::uint32_t copy = session / trace.sessions;
  const auto lanes = static_cast<std::uint32_t>(trace.lanes.size());
  for (const std::uint32_t lane : session_lanes_[session % trace.sessions]) {
    const SimTime think = trace.think[trace.lanes[lane].first_row];
    events_.set(sources_.lanes + copy * lanes + lane, at + think, Phase::kFollowUp);
  }
}

/// The next request of a lane is due.
void Simulation::on_lane(std::uint32_t index) {
  events_.cancel(sources_.lanes + index);
  const auto lanes = static_cast<std::uint32_t>(workload_->trace.lanes.size());
  const auto rows = static_cast<std::uint32_t>(workload_->trace.rows());
  arrive(index / lanes * rows + lane_next_[index]++);
}

/// One of the requests that keep the number outstanding up.
void Simulation::on_refill() {
  if (--refill_due_ == 0) events_.cancel(sources_.refill);
  arrive(static_cast<std::uint32_t>(record_.counts.arrived));
}

/// A client has its answer (or an error): what it does next.
void Simulation::follow_up(const RequestState& state) {
  const Workload& w = *workload_;
  if (w.concurrency > 0) {
    if (record_.counts.arrived + refill_due_ >= w.size()) return;
    ++refill_due_;
    events_.set(sources_.refill, now_, Phase::kFollowUp);
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
    events_.set(sources_.lanes + state.copy * lanes + l, now_ + trace.think[row], Phase::kFollowUp);
  };
  if (state.row + 1 < trace.lanes[lane].end_row) set(lane, state.row + 1);
  for (auto t = std::lower_bound(triggers_.begin(), triggers_.end(), std::pair{state.row, 0U});
       t != triggers_.end() && t->first == state.row; ++t)
    set(t->second, trace.lanes[t->second].first_row);
  const std::uint32_t session = state.copy * trace.sessions + trace.lanes[lane].session;
  if (--session_left_[session] > 0) return;
  --sessions_active_;
  start_waiting_sessions(now_);
}

/// Why no instance could ever serve the request; null when some can.
const char* Simulation::rejection(const RequestState& state) const {
  const char* reason = nullptr;
  bool served[2] = {false, !split_};
  for (const PoolConfig& pool : cluster_.config().pools) {
    const bool entry = pool.role != Role::kDecode;
    // Prefill makes one token; the length limit is the client's whole request either way.
    const char* why = Cluster::rejects(pool, state.input, entry && split_ ? 1 : state.output);
    if (why == nullptr)
      served[entry ? 0 : 1] = true;
    else
      reason = why;
  }
  return served[0] && served[1] ? nullptr : reason;
}

void Simulation::arrive(std::uint32_t request) {
  const std::uint32_t slot = requests_.open(*workload_, request, now_);
  RequestState& state = requests_[slot];
  record_.counts.request_arrived(now_, workload_->trace.output_tokens[state.row] == 0);
  if (const char* reason = rejection(state)) {
    ++record_.counts.rejected_by[reason];
    end(slot, Outcome::kRejected);
    return;
  }
  if (config_.timeout_s > 0) {
    const SimTime deadline = now_ + from_seconds(config_.timeout_s, "workload.timeout_s");
    timeouts_.push_back({deadline, slot, request});
    if (timeouts_.size() == 1) events_.set(sources_.timeout, deadline, Phase::kTimer);
  }
  state.replica = gateway_.replica_of(record_.counts.arrived - 1, request,
                                      [&] { return views_.of(request, view_).session; });
  question(ask_about(Hook::kArrival, slot, kNoIndex));
}

/// The oldest deadline has come. Deadlines are in arrival order, so a queue holds them.
void Simulation::on_timeout() {
  const Timeout due = timeouts_.front();
  timeouts_.pop_front();
  const auto alive = [&](const Timeout& t) { return requests_.waits(t.slot, t.request); };
  while (!timeouts_.empty() && !alive(timeouts_.front())) timeouts_.pop_front();
  if (timeouts_.empty())
    events_.cancel(sources_.timeout);
  else
    events_.set(sources_.timeout, timeouts_.front().deadline, Phase::kTimer);
  if (alive(due)) give_up(due.slot);
}

}  // namespace pigou
