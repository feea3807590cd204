#include "simulation/handlers/ending.hpp"

#include "simulation/handlers/fleet_changes.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {

void end_request(Parts& parts, SlotId slot, Outcome outcome) {
  RequestState& state = parts.requests[slot];
  state.ended = true;
  RequestRecord row;
  row.request = state.request;
  row.outcome = outcome;
  row.arrival = state.arrival;
  row.scheduled = state.scheduled;
  row.first_token = state.first_token;
  row.end = parts.loop.now;
  row.input_tokens = state.input;
  row.output_tokens = state.output;
  row.hit_tokens = state.hit_tokens;
  row.believed_tokens = state.believed_tokens;
  row.preemptions = state.preemptions;
  row.attempts = state.attempt + (state.placed ? 1 : 0);
  const bool streamed_before = state.streamed_entry != kNoIndex;
  row.instance = streamed_before ? state.streamed_entry : state.entry_instance;
  row.decode_instance = streamed_before ? state.streamed_decode : state.decode_instance;
  if (row.instance != kNoIndex)
    row.attempt = streamed_before ? state.streamed_attempt : row.attempts;
  parts.record.request_ended(row);
  report_back(parts, Report::Kind::kEnd, slot, state.seen && parts.view.needs().finish);
  parts.clients.answered(state, parts.record.counts.arrived, parts.loop.now, parts.loop.events);
  parts.requests.free_if_over(slot);
  if (parts.fleet.draining()) finish_drains(parts);
}

}  // namespace pigou
