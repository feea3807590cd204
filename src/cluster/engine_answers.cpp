// Engine vllm-v1: blocks that generated tokens fill. vLLM names each when it schedules its last
// token. Here a call names them when it leaves, and before that when a call is looked up or
// computed whose prompt has the same answer: a turn that came before the answer ended.
#include <algorithm>

#include "cluster/cluster.hpp"

namespace pigou {

/// Visits the running calls of `i` that generate the tokens of `segment`, of the workload copy
/// whose ids are shifted by `offset`.
template <class Visit>
void Cluster::for_answering(const Instance& i, std::uint32_t segment, std::uint32_t offset,
                            Visit visit) const {
  for (const std::uint32_t row : segments_->answering(segment)) {
    const std::size_t rows = segments_->named_blocks_.size();
    const std::size_t at = offset / segments_->count() * rows + row;
    const std::uint32_t call = at < answering_.size() ? answering_[at] : kNoIndex;
    if (call == kNoIndex) continue;
    const Call& c = calls[call];
    if (c.state == CallState::kRunning && &instances_[c.instance] == &i && c.row == row &&
        c.segment_offset == offset)
      visit(call);
  }
}

/// The newest call of a request is the one that generates, if any does.
void Cluster::note_answering(std::uint32_t call) {
  const Call& c = calls[call];
  if (segments_->output_path(c.row).empty()) return;
  const std::size_t rows = segments_->named_blocks_.size();
  const std::size_t at = c.segment_offset / segments_->count() * rows + c.row;
  if (at >= answering_.size()) answering_.resize((at / rows + 1) * rows, kNoIndex);
  answering_[at] = call;
}

/// Blocks of its path that `call` has filled, the step under way or just planned included, of which
/// running calls come first that have a place before `before`.
std::uint32_t Cluster::filled_blocks(const Instance& i, std::uint32_t call, std::uint64_t before,
                                     SimTime now) const {
  const Call& c = calls[call];
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
  const auto full = static_cast<std::uint32_t>(tokens / engine(i).block_tokens);
  return std::min(full, path_blocks(path(c)));
}

/// Names what answers have filled of the segments of `path` that have blocks in [from, to). Who is
/// looked up when depends on nothing that routers may see, so they hear of it when the answer ends.
Cluster::Answer Cluster::name_answers(Instance& i, const PathView& path, std::uint32_t from,
                                      std::uint32_t to, std::uint64_t before, SimTime now) {
  Answer any = Answer::kNone;
  std::uint32_t begin = 0;
  for (std::size_t s = 0; s < path.prompt.size() && begin < to; ++s) {
    const std::uint32_t end = begin + path.blocks(s);
    if (end > from) {
      for_answering(i, path.prompt[s], path.offset, [&](std::uint32_t call) {
        Call& c = calls[call];
        if (any == Answer::kNone) any = Answer::kNothingNew;
        const std::uint32_t filled = filled_blocks(i, call, before, now);
        if (filled <= c.named || c.named < prompt_blocks(c)) return;
        const bool records = i.cache.records_events();
        i.cache.record_events(false);
        i.cache.publish(this->path(c), c.named, filled, call, now);
        i.cache.record_events(records);
        c.named = filled;
        c.untold = true;
        any = Answer::kNamed;
      });
    }
    begin = end;
  }
  return any;
}

/// Tells how much is held of the segments that the call's answer has filled.
void Cluster::tell_answer(Instance& i, Call& call, SimTime now) {
  call.untold = false;
  if (!i.cache.records_events()) return;
  const PathView p = path(call);
  std::uint32_t begin = prompt_blocks(call);
  for (std::size_t s = p.prompt.size(); s < p.size() && begin < call.named; ++s) {
    i.cache.events().push_back({now, p.segment(s), i.cache.held(p.segment(s))});
    begin += p.blocks(s);
  }
}

std::uint32_t Cluster::cached_blocks(std::uint32_t instance, const PathView& path,
                                     std::uint32_t limit, SimTime now) const {
  const Instance& i = instances_[instance];
  std::uint32_t found = i.cache.match(path, limit).blocks;
  std::uint32_t begin = 0;
  for (std::size_t s = 0; s < path.prompt.size() && found < limit; ++s) {
    const std::uint32_t end = begin + path.blocks(s);
    if (begin <= found && found < end) {
      for_answering(i, path.prompt[s], path.offset, [&](std::uint32_t call) {
        const std::uint32_t filled = filled_blocks(i, call, i.next_order, now);
        found = std::max(found, std::min({filled, end, limit}));
      });
    }
    begin = end;
  }
  return found;
}

}  // namespace pigou
