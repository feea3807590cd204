#include "cluster/cluster.hpp"

#include <algorithm>

#include "cluster/engine/leaving.hpp"
#include "cluster/engine/loss.hpp"
#include "core/error.hpp"

namespace pigou {

const char* Cluster::rejects(const PoolConfig& pool, std::uint32_t input, std::uint32_t output) {
  const std::uint64_t tokens = std::uint64_t{input} + output;
  if (tokens > pool.engine.max_model_len) return "max_model_len";
  if ((tokens + pool.engine.block_tokens - 1) / pool.engine.block_tokens > pool.kv_blocks)
    return "kv_capacity";
  return nullptr;
}

void Cluster::enqueue(InstanceId instance, CallId call, SimTime now, EventTree& events) {
  Instance& i = at(instance);
  const bool head = i.queue_empty();
  calls[call].state = CallState::kWaiting;
  calls[call].instance = instance;
  calls[call].enqueued = now;
  i.waiting.push_back(calls, call);
  if (!segments().output_begin.empty()) answers.note(*this, call);
  count_adapter(calls[call], AdapterBook::Use::kNone, AdapterBook::Use::kWaiting);
  i.cache.prefetch(path(calls[call]));
  // Behind a blocked head, or without a seat, nothing changes before the run ends by itself.
  const bool reached = head || limits_adapters(instance);
  if (reached && i.running.count < engine(i).max_num_seqs) interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::finish_loading(CallId call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  const InstanceId instance = c.instance;
  Instance& i = at(instance);
  if (c.aborted) return stop_loading(call, now, events);
  materialise_run(i, now);
  c.computed = c.tokens() - 1;
  if (engine(i).enable_prefix_caching) {
    const std::uint32_t full = c.computed / engine(i).block_tokens;
    const std::uint32_t upto = std::min(full, prompt_blocks(c));
    if (upto > c.named) {
      const PathView p = path(c);
      if (answers.any()) answers.name(*this, i, p, c.named, upto, i.next_order, now);
      i.cache.publish(p, c.named, upto, call, told_with_step(i, now));
      c.named = upto;
    }
  }
  evictions_.expect(instance, i);
  const bool reached = i.ready.count == 0 || limits_adapters(instance);
  --i.loading;
  c.state = CallState::kReady;
  i.ready.push_back(calls, call);
  if (reached && i.running.count < engine(i).max_num_seqs) interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::stop_loading(CallId call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  const InstanceId instance = c.instance;
  Instance& i = at(instance);
  require(c.state == CallState::kLoading, "what stops loading loads");
  materialise_run(i, now);
  count_adapter(c, AdapterBook::Use::kWaiting, AdapterBook::Use::kNone);
  release_blocks(*this, i, c, false, now);
  evictions_.expect(instance, i);
  notices.push_back({Notice::Kind::kAborted, call, 0});
  if (!i.queue_empty()) interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::unpin(CallId call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  const InstanceId instance = c.instance;
  Instance& i = at(instance);
  materialise_run(i, now);
  release_blocks(*this, i, c, false, now);
  evictions_.expect(instance, i);
  calls.drop(call);
  if (!i.queue_empty()) {
    interrupt(instance, now, events);
    wake(instance, now, events);
  }
}

void Cluster::abort(CallId call, SimTime now, EventTree& events) {
  Call& c = calls[call];
  if (c.aborted) return;  // its client gave up, and then its sender died
  c.aborted = true;
  if (c.state == CallState::kLoading || c.state == CallState::kPinned) return;
  const InstanceId instance = c.instance;
  if (!c.departing) at(instance).aborts.push_back(call);
  interrupt(instance, now, events);
  wake(instance, now, events);
}

void Cluster::fail(InstanceId instance, SimTime now, EventTree& events) {
  Instance& i = at(instance);
  const SimTime last = settle_unfinished(*this, i, now);
  evictions_.forget(instance);
  events.cancel(first_source_ + instance);
  lose_calls(*this, instance, last);
  lose_cache(*this, i, now);
}

void Cluster::clear_cache(InstanceId instance, SimTime now) {
  lose_cache(*this, at(instance), now);
}

bool Cluster::withdraw(CallId call, SimTime now, EventTree& events) {
  const Call& c = calls[call];
  if (c.state != CallState::kWaiting || c.admitted_once || c.aborted || c.departing) return false;
  Instance& i = at(c.instance);
  i.waiting.remove(calls, call);
  count_adapter(c, AdapterBook::Use::kWaiting, AdapterBook::Use::kNone);
  // Whoever waited behind it may fit where it did not.
  interrupt(c.instance, now, events);
  wake(c.instance, now, events);
  return true;
}

void Cluster::depart(CallId call, bool keep_kv, SimTime now, EventTree& events) {
  Call& c = calls[call];
  require(c.state == CallState::kRunning || c.state == CallState::kWaiting,
          "what departs runs or waits");
  c.departing = true;
  c.pin_at_finish = keep_kv;
  at(c.instance).aborts.push_back(call);
  interrupt(c.instance, now, events);
  wake(c.instance, now, events);
}

void Cluster::stay(CallId call) {
  Call& c = calls[call];
  c.departing = c.pin_at_finish = false;
  std::erase(at(c.instance).aborts, call);
}

}  // namespace pigou
