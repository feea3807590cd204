#include "routing/dynamo/lru_index.hpp"

#include <algorithm>

namespace pigou {

void DynamoLruIndex::acquire(SlotId slot, const PathView& path, std::uint32_t private_blocks,
                             InstanceId instance, std::int64_t capacity) {
  if (slot >= leases_.size()) leases_.resize(slot + 1);
  release(slot);
  Worker& worker = workers_[instance];
  worker.capacity = capacity;
  Lease& lease = leases_[slot];
  lease.instance = instance;
  lease.age = worker.age;
  lease.private_blocks = private_blocks;
  worker.blocks += private_blocks;
  for (std::size_t s = 0; s < path.size(); ++s) {
    const SegmentId segment = path.segment(s);
    const std::uint32_t copy = copy_of(segment, instance);
    if (copies_[copy].holders++ == 0) unlink(worker, copy);
    lease.copies.push_back(copy);
    worker.blocks += std::int64_t{path.blocks(s)} - index_.held(segment, instance);
    index_.set_held(segment, instance, path.blocks(s));
  }
  evict(instance);
}

void DynamoLruIndex::release(SlotId slot) {
  if (slot >= leases_.size() || leases_[slot].instance == kNoIndex) return;
  Lease& lease = leases_[slot];
  const InstanceId instance = lease.instance;
  lease.instance = kNoIndex;
  Worker& worker = workers_[instance];
  if (lease.age == worker.age) {
    worker.blocks -= lease.private_blocks;
    std::for_each(lease.copies.rbegin(), lease.copies.rend(), [&](std::uint32_t copy) {
      if (--copies_[copy].holders == 0) link(worker, copy);
    });
    evict(instance);
  }
  lease.copies.clear();
}

void DynamoLruIndex::forget(InstanceId instance) {
  Worker& worker = workers_[instance];
  worker = {worker.capacity, 0, kNoIndex, kNoIndex, worker.age + 1};
  for (std::uint32_t copy = 0; copy < copies_.size(); ++copy) {
    const SegmentId segment = copies_[copy].segment;
    if (segment == kNoIndex) continue;
    const std::uint32_t* found = copy_.find(key(segment, instance));
    if (found != nullptr && *found == copy) free_copy(copy, instance);
  }
  index_.forget(instance);
}

/// The copy of `segment` on `instance`, a new one of no blocks where there is none.
std::uint32_t DynamoLruIndex::copy_of(SegmentId segment, InstanceId instance) {
  if (const std::uint32_t* found = copy_.find(key(segment, instance))) return *found;
  std::uint32_t copy = static_cast<std::uint32_t>(copies_.size());
  if (spare_.empty()) {
    copies_.emplace_back();
  } else {
    copy = spare_.back();
    spare_.pop_back();
  }
  copies_[copy] = {segment};
  copy_[key(segment, instance)] = copy;
  link(workers_[instance], copy);
  return copy;
}

void DynamoLruIndex::free_copy(std::uint32_t copy, InstanceId instance) {
  copy_.erase(key(copies_[copy].segment, instance));
  copies_[copy] = {};
  spare_.push_back(copy);
}

void DynamoLruIndex::link(Worker& worker, std::uint32_t copy) {
  copies_[copy].older = worker.newest;
  copies_[copy].newer = kNoIndex;
  (worker.newest != kNoIndex ? copies_[worker.newest].newer : worker.oldest) = copy;
  worker.newest = copy;
}

void DynamoLruIndex::unlink(Worker& worker, std::uint32_t copy) {
  const Copy& c = copies_[copy];
  (c.older != kNoIndex ? copies_[c.older].newer : worker.oldest) = c.newer;
  (c.newer != kNoIndex ? copies_[c.newer].older : worker.newest) = c.older;
}

/// Blocks nobody holds go until the rest fits; what is held stays, fit or not.
void DynamoLruIndex::evict(InstanceId instance) {
  Worker& worker = workers_[instance];
  while (worker.blocks > worker.capacity && worker.oldest != kNoIndex) {
    const std::uint32_t copy = worker.oldest;
    const SegmentId segment = copies_[copy].segment;
    const std::uint32_t held = index_.held(segment, instance);
    const auto gone =
        static_cast<std::uint32_t>(std::min<std::int64_t>(held, worker.blocks - worker.capacity));
    worker.blocks -= gone;
    index_.set_held(segment, instance, held - gone);
    if (gone < held) continue;
    unlink(worker, copy);
    free_copy(copy, instance);
  }
}

}  // namespace pigou
