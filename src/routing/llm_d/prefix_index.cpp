#include "routing/llm_d/prefix_index.hpp"

#include <algorithm>

#include "core/load_ahead.hpp"

namespace pigou {
namespace {

/// Dead hashes below this are not worth moving the living ones.
constexpr std::size_t kCompactFrom = std::size_t{1} << 16;

std::int32_t blocks_of(std::span<const EppChunk> chunks) {
  std::int32_t blocks = 0;
  for (const EppChunk& chunk : chunks) blocks += chunk.blocks;
  return blocks;
}

}  // namespace

EppPrefixIndex::EppPrefixIndex(std::uint32_t pods) : crowds_(pods), pods_(pods) {}

/// Leading chunks of the run that the prompt has too; a hash is of all that comes before, so that
/// the last one says whether all are equal.
std::uint32_t EppPrefixIndex::equal_chunks(const Run& run, std::span<const EppChunk> chunks) const {
  const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(run.chunks, chunks.size()));
  if (most == run.chunks && chunks[most - 1].hash == run.last) return most;
  const std::uint32_t begin = parts_[run.part].begin;
  std::uint32_t equal = 1;
  while (equal < most && hashes_[begin + equal] == chunks[equal].hash) ++equal;
  return equal;
}

void EppPrefixIndex::find(std::span<const EppChunk> chunks, EppPlace& place) const {
  place.parts.clear();
  place.chunks = place.in_last = 0;
  while (place.chunks < chunks.size()) {
    const Run* run = run_of_.find(key_of(chunks[place.chunks].hash));
    if (run == nullptr) return;
    load_ahead(&parts_[run->part]);
    const std::uint32_t equal = equal_chunks(*run, chunks.subspan(place.chunks));
    place.parts.push_back(run->part);
    place.chunks += equal;
    if (equal == run->chunks) continue;
    place.in_last = equal;
    return;
  }
}

void EppPrefixIndex::match(std::span<const EppChunk> chunks, const EppPlace& place,
                           PrefixHits& hits) const {
  for (const std::uint32_t number : place.parts) crowds_.prefetch(parts_[number].holders);
  hits.begin();
  for (const std::uint32_t number : place.parts) {
    const Part& part = parts_[number];
    if (part.trimmed == part.holders.count) break;  // nobody, or nobody holds its first block
    const bool partly = place.in_last > 0 && number == place.parts.back();
    const std::int32_t blocks =
        partly ? blocks_of(chunks.subspan(place.chunks - place.in_last, place.in_last))
               : part.blocks;
    const auto bits = crowds_.bits(part.holders);
    if (part.trimmed == 0 && !bits.empty()) {
      hits.add_to_crowd(bits, blocks);
      continue;
    }
    crowds_.for_each(part.holders, [&](std::uint32_t p, std::uint32_t) {
      const bool trimmed = part.trimmed > 0 && pods_[p].trimmed == number;
      hits.add(p, std::max(0, blocks - (trimmed ? pods_[p].dropped : 0)));
    });
  }
  hits.done();
}

void EppPrefixIndex::add(std::uint32_t pod, std::span<const EppChunk> chunks, EppPlace& place,
                         std::int64_t capacity) {
  if (chunks.empty()) return;
  end_parts_at(chunks, place);
  if (place.chunks < chunks.size()) {
    const std::uint32_t parent = place.parts.empty() ? kNoIndex : place.parts.back();
    place.parts.push_back(append(parent, chunks.subspan(place.chunks)));
  }
  place.chunks = static_cast<std::uint32_t>(chunks.size());
  Pod& lru = pods_[pod];
  const std::uint32_t now = ++lru.touches;
  for (const std::uint32_t part : place.parts) touch(pod, part, now);
  note_sent(lru, place.parts.back(), now);
  if (lru.size > capacity) shrink(pod, capacity);
  // Every prompt that still counts has a part that none has touched since.
  if (lru.sent > 2 * lru.parts + 16) forget_touched(pod);
}

/// The prompt that ends with `part` is the newest one of `pod`.
void EppPrefixIndex::note_sent(Pod& pod, std::uint32_t part, std::uint32_t touch) {
  std::uint32_t number = spare_sent_;
  if (number == kNoIndex) {
    number = static_cast<std::uint32_t>(sent_.size());
    sent_.emplace_back();
  } else {
    spare_sent_ = sent_[number].newer;
  }
  sent_[number] = {part, touch, kNoIndex};
  (pod.newest == kNoIndex ? pod.oldest : sent_[pod.newest].newer) = number;
  pod.newest = number;
  ++pod.sent;
}

void EppPrefixIndex::forget_oldest(Pod& pod) {
  const std::uint32_t number = pod.oldest;
  pod.oldest = sent_[number].newer;
  if (pod.oldest == kNoIndex) pod.newest = kNoIndex;
  sent_[number].newer = spare_sent_;
  spare_sent_ = number;
  --pod.sent;
}

/// Forgets prompts of which later ones have touched everything.
void EppPrefixIndex::forget_touched(std::uint32_t pod) {
  Pod& lru = pods_[pod];
  for (std::uint32_t left = lru.sent; left > 0; --left) {
    const Sent sent = sent_[lru.oldest];
    forget_oldest(lru);
    if (crowds_.touch_of(parts_[sent.part].holders, pod) == sent.touch)
      note_sent(lru, sent.part, sent.touch);
  }
}

/// Cuts the last part of `place` where the prompt leaves it.
void EppPrefixIndex::end_parts_at(std::span<const EppChunk> chunks, EppPlace& place) {
  if (place.in_last == 0) return;
  place.parts.back() =
      split(place.parts.back(), chunks.subspan(place.chunks - place.in_last, place.in_last));
  place.in_last = 0;
}

std::uint32_t EppPrefixIndex::make_part() {
  if (spare_part_ == kNoIndex) {
    parts_.emplace_back();
    return static_cast<std::uint32_t>(parts_.size() - 1);
  }
  const std::uint32_t part = spare_part_;
  spare_part_ = parts_[part].parent;
  --spare_parts_;
  parts_[part] = {};
  return part;
}

/// A part of chunks nobody has been sent, behind `parent`.
std::uint32_t EppPrefixIndex::append(std::uint32_t parent, std::span<const EppChunk> chunks) {
  const std::uint32_t number = make_part();
  Part& part = parts_[number];
  part.first = chunks.front().hash;
  part.last = chunks.back().hash;
  part.parent = parent;
  part.begin = static_cast<std::uint32_t>(hashes_.size());
  part.chunks = static_cast<std::uint32_t>(chunks.size());
  part.blocks = blocks_of(chunks);
  for (const EppChunk& chunk : chunks) hashes_.push_back(chunk.hash);
  run_of_[key_of(part.first)] = {number, part.chunks, part.last};
  if (parent != kNoIndex) ++parts_[parent].children;
  return number;
}

/// Cuts `lower` behind `upper_chunks`, with which it begins; returns the new upper part.
std::uint32_t EppPrefixIndex::split(std::uint32_t lower, std::span<const EppChunk> upper_chunks) {
  const std::uint32_t upper = make_part();
  Part& above = parts_[upper];
  Part& below = parts_[lower];
  above.first = below.first;
  above.last = upper_chunks.back().hash;
  above.parent = below.parent;
  above.children = 1;
  above.begin = below.begin;
  above.chunks = static_cast<std::uint32_t>(upper_chunks.size());
  above.blocks = blocks_of(upper_chunks);
  below.parent = upper;
  below.begin += above.chunks;
  below.chunks -= above.chunks;
  below.blocks -= above.blocks;
  below.first = hashes_[below.begin];
  run_of_[key_of(above.first)] = {upper, above.chunks, above.last};
  run_of_[key_of(below.first)] = {lower, below.chunks, below.last};
  above.holders = crowds_.copy(below.holders);
  crowds_.for_each(above.holders, [&](std::uint32_t p, std::uint32_t) { ++pods_[p].parts; });
  if (below.trimmed > 0) trim_split(upper, lower);
  return upper;
}

/// Of a part that was cut, some have lost the beginning: all of the upper part or some of it.
void EppPrefixIndex::trim_split(std::uint32_t upper, std::uint32_t lower) {
  Part& above = parts_[upper];
  path_.clear();
  crowds_.for_each(above.holders, [&](std::uint32_t p, std::uint32_t) {
    if (pods_[p].trimmed == lower) path_.push_back(p);
  });
  for (const std::uint32_t p : path_) {
    Pod& pod = pods_[p];
    if (pod.dropped < above.blocks) {
      pod.trimmed = upper;
      ++above.trimmed;
      --parts_[lower].trimmed;
      continue;
    }
    crowds_.remove(above.holders, p);
    --pod.parts;
    pod.dropped -= above.blocks;
    if (pod.dropped > 0) continue;
    pod.trimmed = kNoIndex;
    --parts_[lower].trimmed;
  }
}

void EppPrefixIndex::touch(std::uint32_t pod, std::uint32_t number, std::uint32_t now) {
  Part& part = parts_[number];
  Pod& lru = pods_[pod];
  if (crowds_.touch(part.holders, {pod, now})) {
    ++lru.parts;
    lru.size += part.blocks;
  } else if (lru.trimmed == number) {
    restore(lru);
  }
}

/// The trimmed part of `pod` is whole again, or goes.
void EppPrefixIndex::restore(Pod& pod) {
  --parts_[pod.trimmed].trimmed;
  pod.size += pod.dropped;
  pod.trimmed = kNoIndex;
  pod.dropped = 0;
}

void EppPrefixIndex::drop(std::uint32_t pod, std::uint32_t number) {
  Part& part = parts_[number];
  Pod& lru = pods_[pod];
  if (lru.trimmed == number) restore(lru);
  lru.size -= part.blocks;
  --lru.parts;
  crowds_.remove(part.holders, pod);
  release(number);
}

/// A part that nobody holds and nothing follows goes, and with it what led only there.
void EppPrefixIndex::release(std::uint32_t number) {
  while (number != kNoIndex && parts_[number].holders.count == 0 && parts_[number].children == 0) {
    Part& part = parts_[number];
    const std::uint32_t parent = part.parent;
    run_of_.erase(key_of(part.first));
    dead_hashes_ += part.chunks;
    part.chunks = 0;
    part.parent = spare_part_;
    spare_part_ = number;
    ++spare_parts_;
    if (parent != kNoIndex) --parts_[parent].children;
    number = parent;
  }
  if (dead_hashes_ > kCompactFrom && 2 * dead_hashes_ > hashes_.size()) compact();
}

/// Fills path_ with what of the oldest prompt sent to `pod` no later one has touched, the end
/// first; empty where that is nothing.
void EppPrefixIndex::collect_oldest(std::uint32_t pod) {
  const Sent& oldest = sent_[pods_[pod].oldest];
  path_.clear();
  for (std::uint32_t part = oldest.part;
       part != kNoIndex && crowds_.touch_of(parts_[part].holders, pod) == oldest.touch;
       part = parts_[part].parent)
    path_.push_back(part);
}

/// What an LRU holds are the blocks touched last, whatever it dropped on the way.
void EppPrefixIndex::shrink(std::uint32_t pod, std::int64_t capacity) {
  Pod& lru = pods_[pod];
  while (lru.size > capacity) {
    collect_oldest(pod);
    for (auto next = path_.rbegin(); next != path_.rend() && lru.size > capacity; ++next) {
      const std::int32_t left = parts_[*next].blocks - (lru.trimmed == *next ? lru.dropped : 0);
      const std::int64_t excess = lru.size - capacity;
      if (excess >= left) {
        drop(pod, *next);
        continue;
      }
      if (lru.trimmed != *next) ++parts_[*next].trimmed;
      lru.trimmed = *next;
      lru.dropped += static_cast<std::int32_t>(excess);
      lru.size = capacity;
    }
    if (lru.size > capacity) forget_oldest(lru);
  }
}

void EppPrefixIndex::remove(std::uint32_t pod, std::span<const EppChunk> chunks) {
  EppPlace place;
  find(chunks, place);
  end_parts_at(chunks, place);
  for (const std::uint32_t part : place.parts)
    if (crowds_.touch_of(parts_[part].holders, pod) != 0) drop(pod, part);
}

void EppPrefixIndex::forget(std::uint32_t pod) {
  for (Pod& lru = pods_[pod]; lru.oldest != kNoIndex; forget_oldest(lru)) {
    collect_oldest(pod);
    for (auto next = path_.rbegin(); next != path_.rend(); ++next) drop(pod, *next);
  }
}

/// The two buffers take turns, so that neither this nor what is added next has to allocate.
void EppPrefixIndex::compact() {
  living_.clear();
  living_.reserve(hashes_.capacity());
  for (Part& part : parts_) {
    const auto begin = hashes_.begin() + part.begin;
    part.begin = static_cast<std::uint32_t>(living_.size());
    living_.insert(living_.end(), begin, begin + part.chunks);
  }
  hashes_.swap(living_);
  dead_hashes_ = 0;
}

}  // namespace pigou
