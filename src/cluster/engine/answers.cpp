#include "cluster/engine/answers.hpp"

#include <algorithm>

#include "cluster/engine/state.hpp"

namespace pigou {
namespace {

/// Tokens that `call` has computed, the step under way or just planned included, in which running
/// calls come first that have a place before `before`.
std::int64_t filled_tokens(const EngineState& state, const Instance& i, CallId call,
                           std::uint64_t before, SimTime now) {
  const Call& c = state.calls[call];
  std::int64_t tokens = c.computed;
  if (c.decoding) {
    tokens = c.computed_base + static_cast<std::int64_t>(i.step);
    if (i.activity == Activity::kRun)
      tokens += static_cast<std::int64_t>(std::min(i.run.steps_started(now), i.run.steps));
    else if (i.activity != Activity::kStarting && c.order < before)
      ++tokens;
  } else if (c.order < before) {
    for (const Chunk& chunk : i.chunks)
      if (chunk.call == call) tokens += chunk.tokens;
  }
  return tokens;
}

/// Blocks of its path that these tokens fill.
std::uint32_t filled_blocks(const EngineState& state, const Instance& i, const Call& call,
                            std::int64_t tokens) {
  const auto full = static_cast<std::uint32_t>(tokens / state.engine(i).block_tokens);
  return std::min(full, path_blocks(state.path(call)));
}

void name_answer(EngineState& state, Instance& i, CallId call, std::int64_t tokens, SimTime now) {
  Call& c = state.calls[call];
  const std::uint32_t filled = filled_blocks(state, i, c, tokens);
  if (filled <= c.named || c.named < state.prompt_blocks(c)) return;
  const bool records = i.cache.records_events();
  i.cache.record_events(false);
  i.cache.publish(state.path(c), c.named, filled, call, now);
  i.cache.record_events(records);
  c.named = filled;
  c.untold = true;
}

}  // namespace

/// Visits the running calls of `i` that generate the tokens of `segment`, of the workload copy
/// whose ids are shifted by `offset`.
template <class Visit>
void Answers::for_answering(const EngineState& state, const Instance& i, SegmentId segment,
                            std::uint32_t offset, Visit visit) const {
  for (const std::uint32_t row : state.segments().answering(segment)) {
    const std::size_t rows = state.segments().named_blocks_.size();
    const std::size_t at = offset / state.segments().count() * rows + row;
    const CallId call = at < answering_.size() ? answering_[at] : CallId{};
    if (call == kNoIndex) continue;
    const Call& c = state.calls[call];
    if (c.state == CallState::kRunning && state.is_on(c, i) && c.row == row &&
        c.segment_offset == offset)
      visit(call);
  }
}

void Answers::note(const EngineState& state, CallId call) {
  const Call& c = state.calls[call];
  if (state.segments().output_path(c.row).empty()) return;
  const std::size_t rows = state.segments().named_blocks_.size();
  const std::size_t at = c.segment_offset / state.segments().count() * rows + c.row;
  if (at >= answering_.size()) answering_.resize((at / rows + 1) * rows);
  answering_[at] = call;
}

bool Answers::look_for(EngineState& state, Instance& i, const Call& call, SimTime now) {
  if (!state.engine(i).enable_prefix_caching) return false;
  const std::uint32_t limit = (call.tokens() - 1) / state.engine(i).block_tokens;
  return name(state, i, state.path(call), 0, limit, i.next_order, now);
}

bool Answers::name(EngineState& state, Instance& i, const PathView& path, std::uint32_t from,
                   std::uint32_t to, std::uint64_t before, SimTime now) {
  bool any = false;
  std::uint32_t begin = 0;
  const std::size_t known = path.prompt.size() + path.output.size();  // nobody shares a private one
  for (std::size_t s = 0; s < known && begin < to; ++s) {
    const std::uint32_t end = begin + path.blocks(s);
    if (end > from) {
      answerers_.clear();
      for_answering(
          state, i, SegmentId{path.segment(s) - path.offset}, path.offset, [&](CallId call) {
            answerers_.push_back(
                {-filled_tokens(state, i, call, before, now), state.calls[call].order, call});
          });
      std::ranges::sort(answerers_);
      for (const auto& [tokens, order, call] : answerers_)
        name_answer(state, i, call, -tokens, now);
      any = any || !answerers_.empty();
    }
    begin = end;
  }
  return any;
}

void tell_answer(const EngineState& state, Instance& i, Call& call, SimTime now) {
  call.untold = false;
  if (!i.cache.records_events()) return;
  const PathView p = state.path(call);
  std::uint32_t begin = state.prompt_blocks(call);
  for (std::size_t s = p.prompt.size(); s < p.size() && begin < call.named; ++s) {
    i.cache.events().push_back({now, p.segment(s), i.cache.held(p.segment(s))});
    begin += p.blocks(s);
  }
}

std::uint32_t Answers::cached_blocks(const EngineState& state, InstanceId instance,
                                     const PathView& path, std::uint32_t limit, SimTime now) const {
  const Instance& i = state.at(instance);
  std::uint32_t found = i.cache.match(path, limit).blocks;
  std::uint32_t begin = 0;
  for (std::size_t s = 0; s < path.prompt.size() && found < limit; ++s) {
    const std::uint32_t end = begin + path.blocks(s);
    if (begin <= found && found < end) {
      for_answering(state, i, SegmentId{path.prompt[s]}, path.offset, [&](CallId call) {
        const std::uint32_t filled = filled_blocks(
            state, i, state.calls[call], filled_tokens(state, i, call, i.next_order, now));
        found = std::max(found, std::min({filled, end, limit}));
      });
    }
    begin = end;
  }
  return found;
}

}  // namespace pigou
