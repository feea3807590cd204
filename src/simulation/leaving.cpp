// What a request holds while it is served, and how it lets go of it when its client, an instance or
// the attempt is gone. docs/fleet.md.
#include <algorithm>

#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

/// Nobody will pull the KV that the call before holds. Leaves notices to the caller.
void Simulation::unpin(RequestState& state) {
  const std::uint32_t call = state.entry_call;
  const std::uint32_t instance = cluster_.calls[call].instance;
  state.entry_call = kNoIndex;
  touch(instance, Phase::kTimer);
  cluster_.unpin(call, now_, events_);
  view_.after_engine(instance, cluster_);
}

/// The same of a request that may be over.
void Simulation::let_go(std::uint32_t slot) {
  const std::uint32_t instance = cluster_.calls[requests_[slot].entry_call].instance;
  unpin(requests_[slot]);
  after(instance);
  requests_.free_if_over(slot);
}

/// Nobody waits for the call any more: it leaves its engine as a call whose client gave up does, or
/// at once if all it does is wait for KV.
void Simulation::detach(std::uint32_t call) {
  Call& c = cluster_.calls[call];
  c.life = kNoIndex;
  touch(c.instance, Phase::kTimer);
  if (c.state == CallState::kLoading)
    cluster_.stop_loading(call, now_, events_);
  else
    cluster_.abort(call, now_, events_);
  view_.after_engine(c.instance, cluster_);
}

void Simulation::on_aborted(std::uint32_t slot, std::uint32_t call) {
  RequestState& state = requests_[slot];
  const bool entry = call == state.entry_call;
  if (entry) computed(state, state.pending);  // what was still to be computed will not be
  (entry ? state.entry_call : state.decode_call) = kNoIndex;
  cluster_.calls.drop(call);
  requests_.free_if_over(slot);
}

/// KV that was to move with a client that has gone: what is held for a transfer that has not begun
/// is let go of at once. One under way cannot be called back: it holds its links, and both sides
/// their blocks, until it has arrived.
void Simulation::call_off_transfer(std::uint32_t slot) {
  RequestState& state = requests_[slot];
  const std::uint32_t decode = state.decode_call;
  if (decode != kNoIndex && cluster_.calls[decode].state == CallState::kLoading) {
    if (!links_.withdraw(cluster_.calls[decode].instance, decode, now_, events_)) return;
    state.decode_call = kNoIndex;
    detach(decode);
  }
  if (state.entry_call != kNoIndex && cluster_.calls[state.entry_call].state == CallState::kPinned)
    let_go(slot);
}

void Simulation::on_timeout() {
  if (const auto slot = clients_.take_timeout(requests_, events_)) give_up(*slot);
}

/// The client's timeout: calls leave at their engines' next boundary, blocks are freed then.
void Simulation::give_up(std::uint32_t slot) {
  RequestState& state = requests_[slot];
  if (state.queued) unqueue(slot);
  call_off_transfer(slot);
  for (const std::uint32_t call : {state.entry_call, state.decode_call}) {
    if (call == kNoIndex) continue;
    touch(cluster_.calls[call].instance, Phase::kTimer);
    cluster_.abort(call, now_, events_);
  }
  end(slot, Outcome::kTimedOut);
}

/// Whether the attempt is to go to `instance` and no call of it is there yet.
bool Simulation::expects(const RequestState& state, std::uint32_t instance) const {
  if (state.request == kNoIndex || state.ended) return false;
  if (state.moving_to == instance) return true;
  if (!state.placed) return false;
  const bool on_way = state.on_way && state.entry_call == kNoIndex;
  return (on_way && state.entry_instance == instance) ||
         (state.decode_call == kNoIndex && state.decode_instance == instance);
}

/// Whether a failure of `instance` ends the attempt although no call of it is there: its decode
/// side was chosen with its prefill side. A call on its way there alone is refused when it arrives.
bool Simulation::bound_to(const RequestState& state, std::uint32_t instance) const {
  const bool decode_on_way = state.on_way && state.entry_call != kNoIndex;
  return state.request != kNoIndex && !state.ended && state.placed && !decode_on_way &&
         state.decode_call == kNoIndex && state.decode_instance == instance &&
         state.entry_instance != instance;
}

/// All that a failure of `instance` ends, in order of requests. Those that were to move there stay
/// where they are.
void Simulation::lose_all(std::uint32_t instance) {
  std::vector<std::uint32_t> bound;
  for (std::uint32_t slot = 0; slot < requests_.slots(); ++slot) {
    RequestState& state = requests_[slot];
    if (bound_to(state, instance)) bound.push_back(slot);
    if (state.moving_to != instance || state.request == kNoIndex || state.ended) continue;
    cluster_.stay(split_ ? state.decode_call : state.entry_call);
    state.moving_to = kNoIndex;
  }
  std::ranges::sort(bound, {}, [&](std::uint32_t slot) { return requests_[slot].request; });
  if (split_) links_.fail(instance, now_, events_);
  cluster_.fail(instance, now_, events_);
  auto next = bound.begin();
  const auto lose_before = [&](std::uint32_t request) {
    while (next != bound.end() && requests_[*next].request < request) lose_bound(*next++);
  };
  std::size_t handled = 0;
  for (; handled < cluster_.notices.size(); ++handled) {
    const Notice notice = cluster_.notices[handled];
    lose_before(cluster_.calls[notice.call].request);
    on_notice(notice);
  }
  auto& notices = cluster_.notices;
  notices.erase(notices.begin(), notices.begin() + static_cast<std::ptrdiff_t>(handled));
  lose_before(kNoIndex);
}

/// What the client has of the answer as the attempt ends that `call` streamed.
void Simulation::keep_answer(RequestState& state, const Call& call) {
  if (state.first_token == kNever) return;
  state.carried = call.generated;
  state.last_token = call.last_token;
}

/// A call was lost with its instance.
void Simulation::on_lost(std::uint32_t slot, std::uint32_t id) {
  RequestState& state = requests_[slot];
  const Call call = cluster_.calls[id];
  const bool entry = id == state.entry_call;
  if (entry) computed(state, state.pending);
  (entry ? state.entry_call : state.decode_call) = kNoIndex;
  cluster_.calls.drop(id);
  if (entry && state.decode_call != kNoIndex) {  // it waits for KV that will never come
    const std::uint32_t decode = state.decode_call;
    state.decode_call = kNoIndex;
    detach(decode);
  } else if (!entry && state.entry_call != kNoIndex) {
    unpin(state);
  }
  if (state.ended) return requests_.free_if_over(slot);
  const bool streams = !entry || !split_ || state.entry_instance == state.decode_instance ||
                       config_.first_token == FirstToken::kPrefill;
  if (streams) keep_answer(state, call);
  lose(slot);
}

/// The attempt is lost with the decode instance that it was to go to after its prefill.
void Simulation::lose_bound(std::uint32_t slot) {
  RequestState& state = requests_[slot];
  const std::uint32_t call = state.entry_call;
  if (call == kNoIndex) return lose(slot);  // on its way to its prefill side
  if (cluster_.calls[call].state == CallState::kPinned) return lose_hand_off(slot);
  computed(state, state.pending);
  state.entry_call = kNoIndex;
  detach(call);
  lose(slot);
}

/// Nobody will pull the KV of the prefill side, which may have sent the client a token.
void Simulation::lose_hand_off(std::uint32_t slot) {
  RequestState& state = requests_[slot];
  if (config_.first_token == FirstToken::kPrefill)
    keep_answer(state, cluster_.calls[state.entry_call]);
  unpin(state);
  lose(slot);
}

/// Law 2: links and blocks are held for somebody, and nobody is kept by an instance that is down.
void Simulation::check_holds() const {
  const CallArena& calls = cluster_.calls;
  std::vector<bool> moves(calls.slots(), false);
  links_.for_each([&](std::uint32_t to, const Transfer& transfer) {
    const Call& call = calls[transfer.call];
    require(call.state == CallState::kLoading && call.instance == to && call.life != kNoIndex,
            "law 2: a transfer goes to a call that waits for it");
    const RequestState& state = requests_[call.life];
    require(state.decode_call == transfer.call && state.entry_call != kNoIndex &&
                calls[state.entry_call].state == CallState::kPinned &&
                calls[state.entry_call].instance == transfer.from,
            "law 2: a transfer comes from a call that holds its KV");
    require(!state.ended || links_.begun(transfer, now_),
            "law 2: a transfer begins for a client that is there");
    moves[transfer.call] = moves[state.entry_call] = true;
  });
  for (std::uint32_t id = 0; id < calls.slots(); ++id) {
    const Call& call = calls[id];
    if (call.state == CallState::kFree) continue;
    require(fleet_.serves(call.instance), "law 2: an instance that is down holds no call");
    require(call.state != CallState::kLoading || moves[id], "law 2: who waits for KV gets some");
    if (call.state != CallState::kPinned) continue;
    require(call.life != kNoIndex && requests_[call.life].entry_call == id &&
                (moves[id] || !requests_[call.life].ended),
            "law 2: pinned KV is for a request that will pull it");
  }
  for (std::uint32_t i = 0; i < fleet_.instances(); ++i) {
    if (fleet_.serves(i)) continue;
    for (const RequestState& state : requests_)
      require((state.ended || state.moving_to != i) && (state.on_way || !bound_to(state, i)),
              "law 2: no request is bound to an instance that is down");
  }
}

}  // namespace pigou
