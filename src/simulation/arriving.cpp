// A request arrives.
#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

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
  clients_.wait(slot, request, now_, events_);
  state.replica = gateway_.replica_of(record_.counts.arrived - 1, request,
                                      [&] { return views_.of(request, view_).session; });
  question(ask_about(Hook::kArrival, slot, kNoIndex));
}

}  // namespace pigou
