#include "simulation/requests.hpp"

#include <algorithm>

namespace pigou {

bool expects(const RequestState& state, InstanceId instance) {
  if (state.request == kNoIndex || state.ended) return false;
  if (state.moving_to == instance) return true;
  if (!state.placed) return false;
  const bool on_way = state.on_way && state.entry_call == kNoIndex;
  return (on_way && state.entry_instance == instance) ||
         (state.decode_call == kNoIndex && state.decode_instance == instance);
}

bool bound_to(const RequestState& state, InstanceId instance) {
  const bool decode_on_way = state.on_way && state.entry_call != kNoIndex;
  return state.request != kNoIndex && !state.ended && state.placed && !decode_on_way &&
         state.decode_call == kNoIndex && state.decode_instance == instance &&
         state.entry_instance != instance;
}

SlotId Requests::open(const Workload& workload, RequestId request, SimTime now) {
  SlotId slot;
  if (spare_.empty()) {
    slot = SlotId{slots()};
    slots_.emplace_back();
  } else {
    slot = spare_.back();
    spare_.pop_back();
  }
  RequestState& state = slots_[slot];
  state = RequestState{};
  state.request = request;
  state.row = RowId{workload.row[request]};
  state.copy = workload.copy_of(request);
  state.input = std::max(1U, workload.trace.input_tokens[state.row]);
  state.output = std::max(1U, workload.trace.output_tokens[state.row]);
  state.arrival = now;
  return slot;
}

void Requests::free_if_over(SlotId slot) {
  RequestState& state = slots_[slot];
  if (!state.ended || state.request == kNoIndex) return;
  if (state.entry_call != kNoIndex || state.decode_call != kNoIndex || state.held > 0) return;
  state.request = kNoIndex;
  spare_.push_back(slot);
}

std::uint64_t Requests::alive() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      slots_, [](const RequestState& s) { return s.request != kNoIndex && !s.ended; }));
}

}  // namespace pigou
