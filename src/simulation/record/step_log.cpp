#include "simulation/record/step_log.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {
namespace {

std::uint32_t waiting_calls(const Instance& instance) {
  return instance.waiting.count + instance.ready.count;
}

/// Who is in the step just begun, in running order; who runs but got no token is not.
std::vector<StepTokens> scheduled_calls(const Cluster& cluster, const Instance& instance) {
  std::vector<StepTokens> scheduled;
  for (CallId id = instance.running.head; id != kNoIndex; id = cluster.calls[id].next) {
    const Call& call = cluster.calls[id];
    if (call.decoding) {
      const auto step = static_cast<std::int64_t>(instance.step);
      scheduled.push_back({call.request, 1, static_cast<std::uint32_t>(call.computed_base + step)});
      continue;
    }
    const auto chunk = std::find_if(instance.chunks.begin(), instance.chunks.end(),
                                    [id](const Chunk& c) { return c.call == id; });
    if (chunk != instance.chunks.end())
      scheduled.push_back({call.request, chunk->tokens, call.computed});
  }
  return scheduled;
}

}  // namespace

void StepLog::started(const Cluster& cluster, InstanceId id, SimTime now) {
  require(!cluster.config().fast_forward, "steps are logged one by one");
  const Instance& instance = cluster.instance(id);
  StepRecord record;
  record.instance = id;
  record.start = now;
  for (const Notice& notice : cluster.notices) {
    const Call& call = cluster.calls[notice.call];
    const auto value = static_cast<std::uint32_t>(notice.value);
    if (notice.kind == Notice::Kind::kPreempted) record.preempted.push_back(call.request);
    if (notice.kind == Notice::Kind::kAborted) record.dropped.push_back(call.request);
    if (notice.kind == Notice::Kind::kTransferWanted)
      record.reserved.push_back({call.request, value, call.kv_tokens - value});
  }
  // Planned once more at its very start: nobody was served by the first plan.
  if (open_[id] != kNoIndex && records_[open_[id]].start == now)
    records_[open_[id]].scheduled.clear();
  open_[id] = kNoIndex;
  const bool steps = instance.activity == Activity::kStep || instance.activity == Activity::kRun;
  if (steps) record.scheduled = scheduled_calls(cluster, instance);
  if (!steps && record.preempted.empty() && record.dropped.empty() && record.reserved.empty())
    return;
  record.waiting = waiting_calls(instance);
  record.free_blocks = record.free_blocks_after = instance.cache.free_blocks();
  if (steps) open_[id] = static_cast<std::uint32_t>(records_.size());
  records_.push_back(std::move(record));
}

void StepLog::ended(const Cluster& cluster, InstanceId id, SimTime now) {
  StepRecord& record = records_.at(open_[id]);
  open_[id] = kNoIndex;
  record.end = now;
  for (const Notice& notice : cluster.notices)
    if (notice.kind == Notice::Kind::kFinished || notice.kind == Notice::Kind::kAborted)
      record.finished.push_back(cluster.calls[notice.call].request);
  record.free_blocks_after = cluster.instance(id).cache.free_blocks();
}

}  // namespace pigou
