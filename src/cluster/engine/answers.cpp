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

/// Tokens that `call` has computed, the step under way or just planned included, in which running
/// calls come first that have a place before `before`.
std::int64_t Cluster::filled_tokens(const Instance& i, std::uint32_t call, std::uint64_t before,
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
  return tokens;
}

/// Blocks of its path that these tokens fill.
std::uint32_t Cluster::filled_blocks(const Instance& i, const Call& call,
                                     std::int64_t tokens) const {
  const auto full = static_cast<std::uint32_t>(tokens / engine(i).block_tokens);
  return std::min(full, path_blocks(path(call)));
}

/// `call` is about to be looked up. A turn that came early finds more with every block of the
/// answer it waits for.
void Cluster::look_for_answers(Instance& i, const Call& call, Plan& plan, SimTime now) {
  if (!engine(i).enable_prefix_caching) return;
  const std::uint32_t limit = (call.tokens() - 1) / engine(i).block_tokens;
  if (name_answers(i, path(call), 0, limit, i.next_order, now)) plan.early_turn = true;
}

/// Before anyone is looked up in the segments of `path` that have blocks in [from, to), or names
/// blocks there: names what answers have filled of them. Of two that answer alike whoever is ahead
/// has named each block first. Who is looked up when depends on nothing that routers may see, so
/// they hear of it when the answer ends. True if any answer is under way there.
bool Cluster::name_answers(Instance& i, const PathView& path, std::uint32_t from, std::uint32_t to,
                           std::uint64_t before, SimTime now) {
  bool any = false;
  std::uint32_t begin = 0;
  const std::size_t known = path.prompt.size() + path.output.size();  // nobody shares a private one
  for (std::size_t s = 0; s < known && begin < to; ++s) {
    const std::uint32_t end = begin + path.blocks(s);
    if (end > from) {
      answerers_.clear();
      for_answering(i, path.segment(s) - path.offset, path.offset, [&](std::uint32_t call) {
        answerers_.push_back({-filled_tokens(i, call, before, now), calls[call].order, call});
      });
      std::ranges::sort(answerers_);
      for (const auto& [tokens, order, call] : answerers_) name_answer(i, call, -tokens, now);
      any = any || !answerers_.empty();
    }
    begin = end;
  }
  return any;
}

void Cluster::name_answer(Instance& i, std::uint32_t call, std::int64_t tokens, SimTime now) {
  Call& c = calls[call];
  const std::uint32_t filled = filled_blocks(i, c, tokens);
  if (filled <= c.named || c.named < prompt_blocks(c)) return;
  const bool records = i.cache.records_events();
  i.cache.record_events(false);
  i.cache.publish(path(c), c.named, filled, call, now);
  i.cache.record_events(records);
  c.named = filled;
  c.untold = true;
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
        const std::uint32_t filled =
            filled_blocks(i, calls[call], filled_tokens(i, call, i.next_order, now));
        found = std::max(found, std::min({filled, end, limit}));
      });
    }
    begin = end;
  }
  return found;
}

}  // namespace pigou
