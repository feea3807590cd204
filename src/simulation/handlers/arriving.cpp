#include "simulation/handlers/arriving.hpp"

#include "simulation/handlers/asking.hpp"
#include "simulation/handlers/ending.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Why no instance could ever serve the request; null when some can.
const char* rejection(const Parts& parts, const RequestState& state) {
  const char* reason = nullptr;
  bool served[2] = {false, !parts.split};
  for (const PoolConfig& pool : parts.cluster.config().pools) {
    const bool entry = pool.role != Role::kDecode;
    // Prefill makes one token; the length limit is the client's whole request either way.
    const char* why = Cluster::rejects(pool, state.input, entry && parts.split ? 1 : state.output);
    if (why == nullptr)
      served[entry ? 0 : 1] = true;
    else
      reason = why;
  }
  return served[0] && served[1] ? nullptr : reason;
}

}  // namespace

void arrive(Parts& parts, RequestId request) {
  const SlotId slot = parts.requests.open(*parts.workload, request, parts.loop.now);
  RequestState& state = parts.requests[slot];
  parts.record.counts.request_arrived(parts.loop.now,
                                      parts.workload->trace.output_tokens[state.row] == 0);
  if (const char* reason = rejection(parts, state)) {
    ++parts.record.counts.rejected_by[reason];
    end_request(parts, slot, Outcome::kRejected);
    return;
  }
  parts.clients.wait(slot, request, parts.loop.now, parts.loop.events);
  state.replica = parts.gateway.replica_of(parts.record.counts.arrived - 1, request, [&] {
    return parts.views.of(request, parts.view).session;
  });
  question(parts, ask_about(parts, Hook::kArrival, slot, kNoIndex));
}

}  // namespace pigou
