#include "simulation/gateway.hpp"

#include <algorithm>

#include "core/random_stream.hpp"

namespace pigou {

Gateway::Gateway(const GatewayConfig& config, const SignalsConfig& signals, std::uint64_t seed,
                 const GatewaySources& sources)
    : queue(config.replicas),
      deliveries(sources.deliveries),
      config_(config),
      seed_(seed),
      sources_(sources),
      decision_time_(from_seconds(config.decision_s, "gateway.decision_s")),
      network_time_(from_seconds(config.network_s, "gateway.network_s")),
      feedback_time_(signals.age_s >= 0 ? from_seconds(signals.age_s, "signals.age_s")
                                        : from_seconds(config.feedback_s, "gateway.feedback_s")),
      sync_time_(from_seconds(config.sync_latency_s, "gateway.sync_latency_s")),
      servers_(config.replicas) {}

ReplicaId Gateway::drawn_replica(std::uint64_t number) const {
  return ReplicaId{RandomStream(seed_, "replica").below(replicas(), number)};
}

bool Gateway::line_up(const Ask& ask) {
  Server& server = servers_[ask.replica];
  server.line.push(ask);
  return !server.busy;
}

std::optional<Ask> Gateway::next_in_line(ReplicaId replica) {
  Server& server = servers_[replica];
  if (server.line.empty()) return {};
  return server.line.pop();
}

void Gateway::set_busy(ReplicaId replica, bool busy, SimTime now, EventTree& events) {
  servers_[replica].busy = busy;
  const std::uint32_t source = sources_.servers + replica;
  if (busy)
    events.set(source, checked_add(now, decision_time_, "a decision"), Phase::kFollowUp);
  else
    events.cancel(source);
}

void Gateway::free_room(ReplicaId replica) {
  Server& server = servers_[replica];
  if (queue.size(replica) == 0 || server.room_freed) return;
  server.room_freed = true;
  ++rooms_freed_;
}

ReplicaId Gateway::take_room() {
  --rooms_freed_;
  ReplicaId replica = 0;
  while (!servers_[replica].room_freed) ++replica;
  Server& server = servers_[replica];
  server.room_freed = false;
  if (queue.size(replica) == 0 || server.room_asked) return kNoIndex;
  server.room_asked = true;
  return replica;
}

void Gateway::set_timer(ReplicaId replica, std::int64_t ps, SimTime now, EventTree& events) {
  if (ps < 0) return end_timer(replica, events);
  // A handler creates only keys above its own: the earliest is the next picosecond.
  const SimTime at = std::max(SimTime{ps}, now + SimTime{1});
  events.set(sources_.timers + replica, at, Phase::kTimer);
}

void Gateway::send_news(const PeerNews& news, EventTree& events) {
  news_.push(news);
  if (news_.size() == 1) events.set(sources_.news, news.time, Phase::kTimer);
}

PeerNews Gateway::take_news(EventTree& events) {
  const PeerNews due = news_.pop();
  if (news_.empty())
    events.cancel(sources_.news);
  else
    events.set(sources_.news, news_.front().time, Phase::kTimer);
  return due;
}

}  // namespace pigou
