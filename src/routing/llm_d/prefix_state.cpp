#include "routing/llm_d/prefix_state.hpp"

#include <algorithm>
#include <limits>

#include "core/load_ahead.hpp"

namespace pigou {
namespace {

constexpr SimTime kSweep{120 * kPsPerSecond};

}  // namespace

EppPrefixStates::EppPrefixStates(const EppPrefixSettings& settings, const PolicyLayout& layout)
    : settings_(settings),
      entries_(layout.entry_count),
      instances_(layout.entry_count + layout.decode_count),
      approximates_(settings.state == EppPrefixState::kApproximate || layout.decode_count > 0),
      index_(instances_),
      speculative_(layout.entry_count),
      matched_(instances_),
      speculated_(layout.entry_count),
      next_sweep_(kSweep) {}

/// llm-d takes the engine's block size, but never less than its own least.
std::int64_t EppPrefixStates::block_tokens(const RouterView& view) const {
  const std::int64_t engine = view.request().block_tokens;
  return settings_.auto_tune ? std::max(settings_.block_tokens, engine) : settings_.block_tokens;
}

void EppPrefixStates::expect(const RequestView& request) {
  constexpr std::size_t kIdsPerLine = 64 / sizeof(std::uint32_t);
  const auto ids = request.trace_blocks;
  for (std::size_t i = 0; i < ids.size(); i += kIdsPerLine) load_ahead(&ids[i]);
}

void EppPrefixStates::expect_look_up(const RouterView& view, const Decision& decision) {
  if (!approximates_) return;
  used_block_tokens_ = block_tokens(view);
  chunks_.compute(view.request(), decision.request, used_block_tokens_, settings_.max_tokens, true,
                  index_);
}

void EppPrefixStates::look_up(RouterView& view, const Decision& decision, EppPods& entry,
                              EppPods& decode) {
  const RequestView& request = view.request();
  if (approximates_) {
    index_.find(chunks_.all(), place_);
    index_.match(chunks_.all(), place_, matched_);
    for (EppPods* pods : {&entry, &decode}) {
      pods->block_tokens = used_block_tokens_;
      pods->prompt_blocks = chunks_.blocks();
    }
  }
  if (settings_.state == EppPrefixState::kPrecise) {
    view.measure_overlap();
    entry.block_tokens = request.block_tokens;
    entry.prompt_blocks = request.row.input_tokens / entry.block_tokens;
    const std::int32_t* overlap = view.entry().overlap_blocks;
    std::copy(overlap, overlap + entries_, matched_.all());
    if (settings_.speculative_ttl.ps > 0) raise_to_speculative(request, decision);
  }
  entry.matched = matched_.data();
  decode.matched = matched_.data() + entries_;
  for (EppPods* pods : {&entry, &decode}) {
    pods->few_hold = matched_.few();
    pods->holders = matched_.holders();
  }
}

void EppPrefixStates::expire(SimTime now) {
  for (; next_speculation_ < speculations_.size(); ++next_speculation_) {
    const Speculation& old = speculations_[next_speculation_];
    if (old.until > now) break;
    speculative_.remove(old.pod, old.chunks);
  }
  if (2 * next_speculation_ < speculations_.size()) return;
  speculations_.erase(speculations_.begin(),
                      speculations_.begin() + static_cast<std::ptrdiff_t>(next_speculation_));
  next_speculation_ = 0;
}

/// Hits are what the engines say or what was sent within the time to live, if that is more.
void EppPrefixStates::raise_to_speculative(const RequestView& request, const Decision& decision) {
  expire(decision.time);
  full_blocks_.compute(request, decision.request, request.block_tokens, 0, false, speculative_);
  EppPlace place;
  speculative_.find(full_blocks_.all(), place);
  speculative_.match(full_blocks_.all(), place, speculated_);
  std::int32_t* matched = matched_.all();
  for (std::uint32_t i = 0; i < entries_; ++i) matched[i] = std::max(matched[i], speculated_[i]);
}

/// An entry goes when the first request that named it is too old, as in llm-d.
void EppPrefixStates::speculate(InstanceId instance, SimTime now) {
  const std::span<const EppChunk> chunks = full_blocks_.all();
  speculative_.add(instance, chunks, std::numeric_limits<std::int64_t>::max());
  speculations_.push_back(
      {now + settings_.speculative_ttl, instance, {chunks.begin(), chunks.end()}});
}

void EppPrefixStates::sent(RouterView& view, InstanceId instance, SimTime now) {
  if (precise(instance)) {
    if (settings_.speculative_ttl.ps > 0) speculate(instance, now);
    return;
  }
  const auto engine = static_cast<std::int64_t>(view.kv_blocks(instance));
  const std::int64_t capacity = settings_.auto_tune ? engine : settings_.lru_blocks;
  index_.add(instance, chunks_.all(), place_, std::max<std::int64_t>(1, capacity));
}

std::int64_t EppPrefixStates::believed_tokens(const RouterView& view, InstanceId instance) const {
  if (precise(instance) && settings_.speculative_ttl.ps == 0) return -1;
  const RequestView& request = view.request();
  const std::int64_t engine = request.block_tokens;
  const std::int64_t block = precise(instance) ? engine : used_block_tokens_;
  const std::int64_t held = std::min(matched_[instance] * block, request.row.input_tokens - 1);
  return held / engine * engine;
}

void EppPrefixStates::sweep(const RouterView& view, SimTime now) {
  if (!approximates_ || now < next_sweep_) return;
  next_sweep_ = {(now.ps / kSweep.ps + 1) * kSweep.ps};
  for (InstanceId i = 0; i < instances_; ++i)
    if (!view.available(i)) index_.forget(i);
}

}  // namespace pigou
