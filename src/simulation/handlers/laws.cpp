#include "simulation/handlers/laws.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Law 2: links and blocks are held for somebody, and nobody is kept by an instance that is down.
void check_holds(const Parts& parts) {
  const CallArena& calls = parts.cluster.calls;
  std::vector<bool> moves(calls.slots(), false);
  parts.links.for_each([&](std::uint32_t to, const Transfer& transfer) {
    const Call& call = calls[transfer.call];
    require(call.state == CallState::kLoading && call.instance == to && call.slot != kNoIndex,
            "law 2: a transfer goes to a call that waits for it");
    const RequestState& state = parts.requests[call.slot];
    require(state.decode_call == transfer.call && state.entry_call != kNoIndex &&
                calls[state.entry_call].state == CallState::kPinned &&
                calls[state.entry_call].instance == transfer.from,
            "law 2: a transfer comes from a call that holds its KV");
    require(!state.ended || parts.links.begun(transfer, parts.loop.now),
            "law 2: a transfer begins for a client that is there");
    moves[transfer.call] = moves[state.entry_call] = true;
  });
  for (CallId id = 0; id < calls.slots(); ++id) {
    const Call& call = calls[id];
    if (call.state == CallState::kFree) continue;
    require(parts.fleet.serves(call.instance), "law 2: an instance that is down holds no call");
    require(call.state != CallState::kLoading || moves[id], "law 2: who waits for KV gets some");
    if (call.state != CallState::kPinned) continue;
    require(call.slot != kNoIndex && parts.requests[call.slot].entry_call == id &&
                (moves[id] || !parts.requests[call.slot].ended),
            "law 2: pinned KV is for a request that will pull it");
  }
  for (InstanceId i = 0; i < parts.fleet.instances(); ++i) {
    if (parts.fleet.serves(i)) continue;
    for (const RequestState& state : parts.requests)
      require((state.ended || state.moving_to != i) && (state.on_way || !bound_to(state, i)),
              "law 2: no request is bound to an instance that is down");
  }
}

}  // namespace

void check_laws(const Parts& parts) {
  parts.cluster.check_laws();
  require(parts.record.counts.arrived == parts.record.counts.done + parts.requests.alive(),
          "law 1: arrived = ended + in flight");
  check_holds(parts);
}

void check_nobody_waits(const Parts& parts) {
  const auto waits = std::ranges::count_if(parts.requests, [](const RequestState& state) {
    return state.request != kNoIndex && !state.ended && !state.queued;
  });
  if (waits > 0 && parts.split && parts.record.counts.migrated > 0)
    throw UserError(std::to_string(waits) + " requests wait for ever",
                    "full decode instances to which decodes migrate wait for each other's blocks",
                    "set workload.timeout_s, or let router " + parts.config.router.name +
                        " look for room before it migrates");
  if (parts.gateway.queue.empty()) return;
  throw UserError("router " + parts.config.router.name + " keeps " +
                      std::to_string(parts.gateway.queue.size()) +
                      " requests in its queue for ever",
                  "nothing is left to happen that it could wait for",
                  "let it place them at room freed or at a timer");
}

}  // namespace pigou
