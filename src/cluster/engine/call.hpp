// Calls: what the engine knows of a request. A split request is two calls.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace pigou {

enum class CallState : std::uint8_t {
  kFree,     ///< slot unused
  kWaiting,  ///< in its engine's waiting queue
  kLoading,  ///< blocks held, KV on its way, not schedulable
  kReady,    ///< KV arrived, waits for a seat only
  kRunning,  ///< holds a seat
  kPinned,   ///< prefill finished, blocks held until the decode side has pulled them
};

/// One call in flight. Trivially copyable; lives in CallArena; linked into one list at a time.
struct Call {
  CallState state = CallState::kFree;
  bool decoding = false;   ///< member of the instance's decode set: advances with every step
  bool aborted = false;    ///< client gave up; leaves at the next step boundary
  bool remote_kv = false;  ///< decode side of a split request: KV arrives over the link
  bool admitted_once = false;
  bool pin_at_finish = false;  ///< prefill side of a split request: blocks stay until pulled
  bool resumed = false;        ///< makes up for a lost or moved call: says when it has caught up
  bool departing = false;      ///< to leave for another instance at the next boundary
  bool untold = false;         ///< of its answer, blocks have names that no KV event told of yet
  RequestId request;           ///< number of the request in the workload
  SlotId slot;                 ///< of the request in the simulation
  InstanceId instance;
  CallId next;
  CallId prev;
  CallId partner;  ///< the other call of a split request, if alive
  // Tokens and blocks. While `decoding`, computed and generated are base + step of the instance.
  std::uint32_t input = 0;         ///< prompt tokens
  std::uint32_t kv_tokens = 0;     ///< remote_kv: tokens whose KV the sender has
  std::uint32_t target = 0;        ///< tokens to emit on this engine, counted from the prompt's end
  std::uint32_t generated = 0;     ///< tokens after the prompt that exist so far
  std::uint32_t computed = 0;      ///< tokens whose KV is on the instance (this step's excluded)
  std::uint32_t blocks = 0;        ///< engine blocks allocated or taken from the cache
  std::uint32_t named = 0;         ///< leading blocks of the path that carry their names
  std::int64_t computed_base = 0;  ///< computed - step at the moment it joined the decode set
  std::int64_t generated_base = 0;
  std::uint64_t finish_step = 0;  ///< step whose end emits its last token
  std::uint64_t order = 0;        ///< place in the running list; grows with every admission
  SimTime enqueued;               ///< when it came to its engine
  SimTime last_token = kNever;    ///< end of the step that emitted its last token; kNever: none
  // The path of its tokens (see PathView).
  RowId row = 0;
  std::uint32_t segment_offset = 0;

  std::uint32_t tokens() const { return input + generated; }
};

/// Slots of calls in flight, reused; memory follows the calls in flight, not the trace.
class CallArena {
 public:
  CallId make() {
    if (spare_.empty()) {
      calls_.emplace_back();
      return CallId{static_cast<std::uint32_t>(calls_.size() - 1)};
    }
    const CallId slot = spare_.back();
    spare_.pop_back();
    calls_[slot] = Call{};
    return slot;
  }
  void drop(CallId slot) {
    calls_[slot].state = CallState::kFree;
    spare_.push_back(slot);
  }
  Call& operator[](CallId slot) { return calls_[slot]; }
  const Call& operator[](CallId slot) const { return calls_[slot]; }
  CallId slot_of(const Call& call) const {
    return CallId{static_cast<std::uint32_t>(&call - calls_.data())};
  }
  std::size_t slots() const { return calls_.size(); }

 private:
  std::vector<Call> calls_;
  std::vector<CallId> spare_;
};

/// A first-in first-out list through Call::next/prev; any member leaves in O(1).
struct CallList {
  CallId head;
  CallId tail;
  std::uint32_t count = 0;

  void push_back(CallArena& calls, CallId call) {
    calls[call].prev = tail;
    calls[call].next = kNoIndex;
    (tail != kNoIndex ? calls[tail].next : head) = call;
    tail = call;
    ++count;
  }
  void push_front(CallArena& calls, CallId call) {
    calls[call].next = head;
    calls[call].prev = kNoIndex;
    (head != kNoIndex ? calls[head].prev : tail) = call;
    head = call;
    ++count;
  }
  void remove(CallArena& calls, CallId call) {
    const Call& c = calls[call];
    (c.prev != kNoIndex ? calls[c.prev].next : head) = c.next;
    (c.next != kNoIndex ? calls[c.next].prev : tail) = c.prev;
    --count;
  }
};

}  // namespace pigou
