#include "routing/epp_prefix_index.hpp"

#include <algorithm>
#include <bit>

#include "core/clones.hpp"
#include "core/random.hpp"

namespace pigou {

void EppPromptChunks::compute(const RequestView& request, std::uint32_t number,
                              std::int64_t block_tokens, std::int64_t max_tokens, bool partial) {
  constexpr std::uint64_t kOwn = std::uint64_t{1} << 63;  // no id of the trace has this bit
  chunks_.clear();
  const std::int64_t input = request.row.input_tokens;
  blocks_ = (partial ? input + block_tokens - 1 : input) / block_tokens;
  if (max_tokens > 0) blocks_ = std::min(blocks_, max_tokens / block_tokens);
  const auto named = static_cast<std::int64_t>(request.trace_blocks.size());
  const std::int64_t trace_block = request.trace_block_tokens;
  const auto trace_index = [&](std::int64_t token) {
    return trace_block > 0 ? std::min(token / trace_block, named) : named;  // named: no id
  };
  std::uint64_t hash = mix64(request.copy + 1ULL);
  for (std::int64_t k = 0; k < blocks_;) {
    const std::int64_t begin = k * block_tokens;
    const std::int64_t first = trace_index(begin);
    std::int64_t last = trace_index(std::min(begin + block_tokens, input) - 1);
    std::int64_t next = k + 1;
    if (first == last) {  // those after it that end in the same block of the trace, or in none
      const std::int64_t trace_end = (first + 1) * trace_block;
      const bool all = first == named || input <= trace_end;
      next = all ? blocks_ : std::min(blocks_, trace_end / block_tokens);
    }
    const std::int64_t end = std::min(next * block_tokens, input);
    hash = mix64(hash ^ static_cast<std::uint64_t>(end - begin));
    for (std::int64_t t = first; t <= last; ++t)
      hash = mix64(hash ^
                   (t < named ? request.trace_blocks[static_cast<std::size_t>(t)] : kOwn | number));
    chunks_.push_back({hash, static_cast<std::int32_t>(next - k)});
    k = next;
  }
}

namespace {

/// Adds `blocks` to the pods whose bit is set in `words` words.
PIGOU_CLONES void add_to_crowd(const std::uint64_t* pods, std::size_t words, std::int32_t blocks,
                               std::int32_t* matched) {
  for (std::size_t half = 0; half < 2 * words; ++half, matched += 32) {
    const auto bits = static_cast<std::uint32_t>(pods[half / 2] >> (32 * (half % 2)));
    std::int32_t* __restrict there = matched;
    for (std::uint32_t b = 0; b < 32; ++b) there[b] += (bits >> b & 1U) != 0 ? blocks : 0;
  }
}

}  // namespace

EppPrefixIndex::EppPrefixIndex(std::uint32_t pods)
    : words_((pods + 63) / 64), groups_((words_ + 63) / 64), pods_(pods) {}

/// Calls visit(word, bits) for every word of a chunk's holders that is not empty.
template <class Visit>
void EppPrefixIndex::for_holders(std::uint32_t chunk, Visit visit) const {
  for (std::size_t g = 0; g < groups_; ++g) {
    for (std::uint64_t left = occupied_[chunk * groups_ + g]; left != 0; left &= left - 1) {
      const std::size_t w = g * 64 + static_cast<std::size_t>(std::countr_zero(left));
      visit(w, holders_[chunk * words_ + w]);
    }
  }
}

void EppPrefixIndex::match(std::span<const EppChunk> chunks, std::int32_t* matched) const {
  constexpr std::size_t kAhead = 8;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (c + kAhead < chunks.size()) chunk_of_.prefetch(key_of(chunks[c + kAhead].hash));
    const std::uint32_t* chunk = chunk_of_.find(key_of(chunks[c].hash));
    if (chunk == nullptr) return;
    if (chunks_[*chunk].trimmed > 0) {
      if (!match_trimmed(*chunk, matched)) return;
      continue;
    }
    const std::int32_t blocks = chunks_[*chunk].blocks;
    const std::size_t whole = pods_.size() / 64;  // words without places beyond the last pod
    const bool crowd = chunks_[*chunk].holders > pods_.size() / 16;
    if (crowd) add_to_crowd(&holders_[*chunk * words_], whole, blocks, matched);
    for_holders(*chunk, [&](std::size_t w, std::uint64_t left) {
      for (; left != 0 && !(crowd && w < whole); left &= left - 1)
        matched[w * 64 + static_cast<std::size_t>(std::countr_zero(left))] += blocks;
    });
  }
}

/// A chunk of which somebody has dropped the beginning; false if nobody holds its first block.
bool EppPrefixIndex::match_trimmed(std::uint32_t chunk, std::int32_t* matched) const {
  if (chunks_[chunk].trimmed == chunks_[chunk].holders) return false;
  for_holders(chunk, [&](std::size_t w, std::uint64_t left) {
    for (; left != 0; left &= left - 1) {
      const std::size_t p = w * 64 + static_cast<std::size_t>(std::countr_zero(left));
      const Pod& pod = pods_[p];
      const bool trimmed = pod.dropped > 0 && pod.entries[pod.oldest].chunk == chunk;
      matched[p] += chunks_[chunk].blocks - (trimmed ? pod.dropped : 0);
    }
  });
  return true;
}

/// The oldest chunk of `pod` is whole again, or goes.
void EppPrefixIndex::restore(Pod& pod) {
  if (pod.dropped == 0) return;
  --chunks_[pod.entries[pod.oldest].chunk].trimmed;
  pod.size += pod.dropped;
  pod.dropped = 0;
}

void EppPrefixIndex::add(std::uint32_t pod, std::span<const EppChunk> chunks,
                         std::int64_t capacity) {
  Pod& lru = pods_[pod];
  for (const EppChunk& sent : chunks) {
    const std::uint32_t* known = chunk_of_.find(key_of(sent.hash));
    const std::uint32_t chunk = known != nullptr ? *known : make_chunk(sent);
    const std::uint32_t* held = lru.entry_of.find(chunk);
    if (held == nullptr) {
      insert(pod, chunk);
      continue;
    }
    const std::uint32_t entry = *held;
    if (entry == lru.oldest) restore(lru);
    unlink(lru, entry);
    append(lru, entry);
  }
  // What an LRU holds are the blocks touched last, whatever it dropped on the way.
  while (lru.size > capacity) {
    const std::int32_t left = chunks_[lru.entries[lru.oldest].chunk].blocks - lru.dropped;
    const std::int64_t excess = lru.size - capacity;
    if (excess >= left) {
      drop(pod, lru.oldest);
    } else {
      if (lru.dropped == 0) ++chunks_[lru.entries[lru.oldest].chunk].trimmed;
      lru.dropped += static_cast<std::int32_t>(excess);
      lru.size = capacity;
    }
  }
}

void EppPrefixIndex::remove(std::uint32_t pod, std::uint64_t hash) {
  const std::uint32_t* chunk = chunk_of_.find(key_of(hash));
  if (chunk == nullptr) return;
  const std::uint32_t* entry = pods_[pod].entry_of.find(*chunk);
  if (entry != nullptr) drop(pod, *entry);
}

void EppPrefixIndex::forget(std::uint32_t pod) {
  while (pods_[pod].oldest != kNoIndex) drop(pod, pods_[pod].oldest);
}

std::uint32_t EppPrefixIndex::make_chunk(const EppChunk& sent) {
  auto chunk = static_cast<std::uint32_t>(chunks_.size());
  if (spare_.empty()) {
    chunks_.emplace_back();
    holders_.resize(holders_.size() + words_, 0);
    occupied_.resize(occupied_.size() + groups_, 0);
  } else {
    chunk = spare_.back();
    spare_.pop_back();
  }
  chunks_[chunk] = {sent.hash, 0, 0, sent.blocks};
  chunk_of_[key_of(sent.hash)] = chunk;
  return chunk;
}

void EppPrefixIndex::insert(std::uint32_t pod, std::uint32_t chunk) {
  Pod& lru = pods_[pod];
  auto entry = static_cast<std::uint32_t>(lru.entries.size());
  if (lru.spare.empty()) {
    lru.entries.emplace_back();
  } else {
    entry = lru.spare.back();
    lru.spare.pop_back();
  }
  lru.entries[entry].chunk = chunk;
  lru.entry_of[chunk] = entry;
  append(lru, entry);
  lru.size += chunks_[chunk].blocks;
  const std::uint32_t word = pod / 64;
  holders_[chunk * words_ + word] |= std::uint64_t{1} << (pod % 64);
  occupied_[chunk * groups_ + word / 64] |= std::uint64_t{1} << (word % 64);
  ++chunks_[chunk].holders;
}

void EppPrefixIndex::unlink(Pod& pod, std::uint32_t entry) {
  const Entry& e = pod.entries[entry];
  (e.older == kNoIndex ? pod.oldest : pod.entries[e.older].newer) = e.newer;
  (e.newer == kNoIndex ? pod.newest : pod.entries[e.newer].older) = e.older;
}

void EppPrefixIndex::append(Pod& pod, std::uint32_t entry) {
  Entry& e = pod.entries[entry];
  e.older = pod.newest;
  e.newer = kNoIndex;
  (pod.newest == kNoIndex ? pod.oldest : pod.entries[pod.newest].newer) = entry;
  pod.newest = entry;
}

void EppPrefixIndex::drop(std::uint32_t pod, std::uint32_t entry) {
  Pod& lru = pods_[pod];
  const std::uint32_t chunk = lru.entries[entry].chunk;
  lru.size -= chunks_[chunk].blocks;
  if (entry == lru.oldest) restore(lru);
  unlink(lru, entry);
  lru.entry_of.erase(chunk);
  lru.spare.push_back(entry);
  const std::uint32_t word = pod / 64;
  std::uint64_t& held = holders_[chunk * words_ + word];
  held &= ~(std::uint64_t{1} << (pod % 64));
  if (held == 0) occupied_[chunk * groups_ + word / 64] &= ~(std::uint64_t{1} << (word % 64));
  if (--chunks_[chunk].holders > 0) return;
  chunk_of_.erase(key_of(chunks_[chunk].hash));
  spare_.push_back(chunk);
}

}  // namespace pigou
