#include "simulation/handlers/output_blocks.hpp"

#include <algorithm>

#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Blocks of an answer of `generated` tokens behind a prompt of `prompt`, and the token that opened
/// the last of them: routers look at an answer when it opens a block, not in between.
struct OutputOpened {
  std::uint32_t blocks = 0;
  std::uint32_t at_token = 0;
};

OutputOpened output_opened(std::uint32_t prompt, std::uint32_t generated, std::uint32_t block) {
  const std::uint32_t before = (prompt + block - 1) / block;
  const std::uint32_t now = (prompt + generated + block - 1) / block;
  if (now == before) return {};
  return {now - before, (now - 1) * block + 1 - prompt};
}

}  // namespace

void book_output(Parts& parts, ReplicaId replica) {
  const bool fading = parts.view.needs().output_blocks == OutputBlocks::kFading;
  const std::uint32_t block = parts.workload->segments.engine_block_tokens;
  parts.view.start_output(replica);
  for (const RequestState& state : parts.requests) {
    if (state.request == kNoIndex || state.ended || state.replica != replica) continue;
    const bool decode = state.decode_booking.made();
    const Booking& booking = decode ? state.decode_booking : state.entry_booking;
    const CallId call = state.decode_call != kNoIndex ? state.decode_call : state.entry_call;
    if (!booking.made() || call == kNoIndex) continue;
    if (parts.split && booking.instance < parts.cluster.entry_instances())
      continue;  // no answer from there
    const std::uint32_t answer = parts.cluster.generated(call, parts.loop.now) - state.carried;
    const OutputOpened opened = output_opened(state.input + state.carried, answer, block);
    if (opened.blocks == 0) continue;
    double share = 1;
    if (fading) {
      const double expected = state.output - state.carried;
      share = std::max(0.0, 1.0 - opened.at_token / std::max(1.0, expected));
    }
    parts.view.add_output(booking, booking.shares ? parts.views.path_of(state.request) : PathView{},
                          opened.blocks, share);
  }
  parts.view.end_output();
}

}  // namespace pigou
