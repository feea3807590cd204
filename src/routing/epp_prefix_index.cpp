#include "routing/epp_prefix_index.hpp"

#include <algorithm>
#include <bit>

#include "core/random.hpp"

namespace pigou {

void EppBlockHashes::compute(const RequestView& request, std::uint32_t number,
                             std::int64_t block_tokens, std::int64_t max_tokens) {
  hashes_.clear();
  const std::int64_t input = request.row.input_tokens;
  std::int64_t blocks = (input + block_tokens - 1) / block_tokens;
  if (max_tokens > 0) blocks = std::min(blocks, max_tokens / block_tokens);
  const std::int64_t named = static_cast<std::int64_t>(request.trace_blocks.size());
  const std::int64_t trace_block = request.trace_block_tokens;
  constexpr std::uint64_t kOwn = std::uint64_t{1} << 63;  // no id of the trace has this bit
  std::uint64_t hash = mix64(request.copy + 1ULL);
  for (std::int64_t k = 0; k < blocks; ++k) {
    const std::int64_t begin = k * block_tokens;
    const std::int64_t end = std::min(begin + block_tokens, input);
    hash = mix64(hash ^ static_cast<std::uint64_t>(end - begin));
    const std::int64_t last = trace_block > 0 ? (end - 1) / trace_block : named;
    for (std::int64_t t = trace_block > 0 ? begin / trace_block : named; t <= last; ++t) {
      const std::uint64_t content =
          t < named ? request.trace_blocks[static_cast<std::size_t>(t)] : kOwn | number;
      hash = mix64(hash ^ content);
    }
    hashes_.push_back(hash);
  }
}

EppPrefixIndex::EppPrefixIndex(std::uint32_t pods) : words_((pods + 63) / 64), pods_(pods) {}

void EppPrefixIndex::match(std::span<const std::uint64_t> hashes, std::int32_t* matched) const {
  constexpr std::size_t kAhead = 8;
  for (std::size_t h = 0; h < hashes.size(); ++h) {
    if (h + kAhead < hashes.size()) block_of_.prefetch(key_of(hashes[h + kAhead]));
    const std::uint32_t* block = block_of_.find(key_of(hashes[h]));
    if (block == nullptr) return;
    const std::uint64_t* word = &holders_[*block * words_];
    for (std::size_t w = 0; w < words_; ++w)
      for (std::uint64_t left = word[w]; left != 0; left &= left - 1)
        ++matched[w * 64 + static_cast<std::size_t>(std::countr_zero(left))];
  }
}

void EppPrefixIndex::add(std::uint32_t pod, std::span<const std::uint64_t> hashes,
                         std::size_t capacity) {
  Pod& lru = pods_[pod];
  for (const std::uint64_t hash : hashes) {
    const std::uint32_t* known = block_of_.find(key_of(hash));
    const std::uint32_t block = known != nullptr ? *known : make_block(hash);
    if (const std::uint32_t* held = lru.entry_of.find(block)) {
      const std::uint32_t entry = *held;
      unlink(lru, entry);
      append(lru, entry);
      continue;
    }
    std::uint32_t entry = static_cast<std::uint32_t>(lru.entries.size());
    if (lru.spare.empty()) {
      lru.entries.emplace_back();
    } else {
      entry = lru.spare.back();
      lru.spare.pop_back();
    }
    lru.entries[entry].block = block;
    lru.entry_of[block] = entry;
    append(lru, entry);
    ++lru.size;
    holders_[block * words_ + pod / 64] |= std::uint64_t{1} << (pod % 64);
    ++blocks_[block].holders;
    if (lru.size > capacity) drop(pod, lru.oldest);
  }
}

void EppPrefixIndex::remove(std::uint32_t pod, std::uint64_t hash) {
  const std::uint32_t* block = block_of_.find(key_of(hash));
  if (block == nullptr) return;
  const std::uint32_t* entry = pods_[pod].entry_of.find(*block);
  if (entry != nullptr) drop(pod, *entry);
}

void EppPrefixIndex::forget(std::uint32_t pod) {
  while (pods_[pod].oldest != kNoIndex) drop(pod, pods_[pod].oldest);
}

std::uint32_t EppPrefixIndex::make_block(std::uint64_t hash) {
  std::uint32_t block = static_cast<std::uint32_t>(blocks_.size());
  if (spare_.empty()) {
    blocks_.emplace_back();
    holders_.resize(holders_.size() + words_, 0);
  } else {
    block = spare_.back();
    spare_.pop_back();
  }
  blocks_[block] = {hash, 0};
  block_of_[key_of(hash)] = block;
  return block;
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
  const std::uint32_t block = lru.entries[entry].block;
  unlink(lru, entry);
  lru.entry_of.erase(block);
  lru.spare.push_back(entry);
  --lru.size;
  holders_[block * words_ + pod / 64] &= ~(std::uint64_t{1} << (pod % 64));
  if (--blocks_[block].holders > 0) return;
  block_of_.erase(key_of(blocks_[block].hash));
  spare_.push_back(block);
}

}  // namespace pigou
