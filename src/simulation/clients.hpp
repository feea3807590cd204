// Where requests come from, and what clients do when they are answered or wait too long.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/event_tree.hpp"
#include "core/ids.hpp"
#include "simulation/requests.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// Where the clients' events have their ids: one per (copy, lane) of a closed loop.
struct ClientSources {
  std::uint32_t timeout = 0, refill = 0, lanes = 0;
};

/// All clients of a workload: a stream sorted by arrival (open loop), sessions whose turns wait for
/// answers (closed loop), or a fixed number of requests kept outstanding. Every request of the
/// workload comes once. Arrivals of the stream are in no event tree; the others are events of the
/// sources given, as is the oldest deadline: all clients wait equally long, so deadlines are in the
/// order of arrival.
class Clients {
 public:
  Clients() = default;
  /// `timeout_s` 0: clients never give up.
  Clients(std::shared_ptr<const Workload> workload, double timeout_s, const ClientSources& sources);

  /// Sets the first events.
  void start(EventTree& events);

  /// When the stream's next request arrives; kNever: it has none left.
  SimTime next_arrival() const {
    return next_ < workload_->arrival.size() ? workload_->arrival[next_] : kNever;
  }
  RequestId take_arrival() { return RequestId{next_++}; }
  /// Number of the stream's request `ahead` places behind the next; kNoIndex: there is none.
  RequestId upcoming(std::uint32_t ahead) const {
    return next_ + ahead < workload_->arrival.size() ? RequestId{next_ + ahead} : RequestId{};
  }
  /// The request of the turn that lane `index` is due for.
  RequestId take_turn(std::uint32_t index, EventTree& events);
  /// The next of those that keep the number outstanding up, after `arrived` others.
  RequestId take_refill(std::uint64_t arrived, EventTree& events);
  /// The client of `state` has its answer, or an error: what it does next. `arrived`: so far.
  void answered(const RequestState& state, std::uint64_t arrived, SimTime now, EventTree& events);

  /// The client of `request` waits from now on.
  void wait(SlotId slot, RequestId request, SimTime now, EventTree& events);
  /// The oldest deadline has come: the slot whose client gives up, if it still waits.
  std::optional<SlotId> take_timeout(const Requests& requests, EventTree& events);

 private:
  struct Timeout {
    SimTime deadline;
    SlotId slot;
    RequestId request;
  };

  void start_waiting_sessions(SimTime now, EventTree& events);
  void start_session(std::uint32_t session, SimTime at, EventTree& events);

  std::shared_ptr<const Workload> workload_;
  double timeout_s_ = 0;
  ClientSources sources_;
  bool closed_ = false;
  std::uint32_t next_ = 0;  ///< of the stream
  std::deque<Timeout> timeouts_;
  std::uint32_t refill_due_ = 0;
  // Closed loop.
  std::vector<std::uint32_t> lane_next_;      ///< next row of each (copy, lane)
  std::vector<std::uint32_t> session_left_;   ///< rows to come of each (copy, session)
  std::vector<std::uint32_t> session_order_;  ///< waiting sessions, by planned start
  std::size_t session_head_ = 0;
  std::uint32_t sessions_active_ = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> triggers_;  ///< (row, lane), sorted
  std::vector<std::vector<std::uint32_t>> session_lanes_;  ///< lanes of a session without trigger
};

}  // namespace pigou
