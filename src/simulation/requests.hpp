// The requests in flight: one slot each, in an arena whose slots are reused.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/ids.hpp"
#include "view/view.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// A request in flight. Trivially copyable; slots are reused.
struct RequestState {
  RequestId request;  ///< number in the workload; kNoIndex: slot unused
  RowId row = 0;
  std::uint32_t copy = 0;
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  SimTime arrival;
  SimTime scheduled = kNever;
  SimTime first_token = kNever;
  CallId entry_call;
  CallId decode_call;
  InstanceId entry_instance;
  InstanceId decode_instance;
  std::uint32_t hit_tokens = 0;
  std::uint32_t believed_tokens = 0;
  std::uint32_t preemptions = 0;
  ReplicaId replica = 0;        ///< router replica that decides on it
  std::uint32_t attempt = 0;    ///< placements lost so far
  std::uint32_t held = 0;       ///< records of the gateway that still name the slot
  std::uint32_t carried = 0;    ///< tokens the client had before the present attempt
  std::uint32_t pending = 0;    ///< prompt tokens its entry call has still to compute
  SimTime last_token = kNever;  ///< of the client's tokens, or the prefill side's
  std::int64_t queue_order = 0;
  InstanceId moving_to;  ///< asked to leave for there
  /// Where the attempt was that sent the client's first token, once a later one goes on with it.
  InstanceId streamed_entry;
  InstanceId streamed_decode;
  std::uint32_t streamed_attempt = 0;
  bool queued = false;    ///< in the router's own queue
  bool seen = false;      ///< the policy has been asked about it
  bool placed = false;    ///< the present attempt has been sent to an instance
  bool on_way = false;    ///< and has not arrived there yet
  bool believes = false;  ///< believed_tokens says something
  bool ended = false;     ///< outcome recorded; the slot waits for its last call
  Booking entry_booking;
  Booking decode_booking;
};
static_assert(std::is_trivially_copyable_v<RequestState>);

/// Whether the attempt is to go to `instance` and no call of it is there yet.
bool expects(const RequestState& state, InstanceId instance);
/// Whether a failure of `instance` ends the attempt although no call of it is there: its decode
/// side was chosen with its prefill side. A call on its way there alone is refused when it arrives.
bool bound_to(const RequestState& state, InstanceId instance);

/// Slots of the requests in flight. A slot stays its request's until the request has ended, both
/// its calls have left their engines and no record of the gateway names it (`held`); then the next
/// request to come takes the slot freed last. References are void once another request has come.
class Requests {
 public:
  /// A slot for `request`, which arrives now.
  SlotId open(const Workload& workload, RequestId request, SimTime now);
  /// The slot is free from now on if nothing holds it any more.
  void free_if_over(SlotId slot);

  RequestState& operator[](SlotId slot) { return slots_[slot]; }
  const RequestState& operator[](SlotId slot) const { return slots_[slot]; }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
  /// All slots by number, those without a request among them.
  auto begin() const { return slots_.begin(); }
  auto end() const { return slots_.end(); }
  /// Whether the slot still has `request`, and its client waits.
  bool waits(SlotId slot, RequestId request) const {
    return slots_[slot].request == request && !slots_[slot].ended;
  }
  /// Requests that have not ended.
  std::uint64_t alive() const;

 private:
  std::vector<RequestState> slots_;
  std::vector<SlotId> spare_;
};

}  // namespace pigou
