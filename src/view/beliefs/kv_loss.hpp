// KV messages that never reach a router replica, and how it finds back to the truth.
#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "cluster/cache/segments.hpp"
#include "core/ids.hpp"
#include "core/random_stream.hpp"
#include "view/beliefs/belief.hpp"

namespace pigou {

/// When a replica gets an instance's whole state again. Engines number their messages (vLLM's KV
/// event batches, Dynamo's event ids), so the first one that arrives after a lost one shows the
/// gap.
enum class KvResync : std::uint8_t {
  kOnGap,     ///< Dynamo: asks the worker's own index as soon as a gap shows
  kPeriodic,  ///< every instance sends its state round after round
  kNone,      ///< llm-d: the number is read, and not compared (llm-d-router issue 1737)
};

struct KvLossConfig {
  double probability = 0;  ///< of a message, per replica
  KvResync resync = KvResync::kOnGap;
  double resync_s = 0.1;  ///< gap: from noticing it until the state is believed; else the period
};

/// What one engine says at one instant is one message; it reaches a replica whole or not at all.
/// What has arrived is applied as the change it tells of: blocks stored behind ones the replica
/// does not believe in stay unknown, blocks removed are no longer believed. A state is never lost
/// and as old as a message: from then on the belief is what it would be had nothing been lost. That
/// a lost instance is empty comes from service discovery, and always arrives.
class KvLoss {
 public:
  KvLoss() = default;
  KvLoss(const KvLossConfig& config, std::uint32_t instances, std::size_t replicas, SimTime latency,
         std::uint64_t seed);

  bool active() const { return probability_ > 0; }
  /// The next event of `instance`'s stream, due at event.time + latency.
  void apply(const KvEvent& event, InstanceId instance, std::vector<Belief>& beliefs);
  /// States due by `now` are believed; all events due by then have been applied.
  void catch_up(SimTime now, std::vector<Belief>& beliefs);

  std::uint64_t lost_messages() const { return lost_; }
  std::uint64_t resyncs() const { return resyncs_; }

 private:
  /// From one instance to one replica.
  struct Wire {
    bool losing = false;           ///< the present message is lost
    bool gap = false;              ///< one has been lost since the last state
    SimTime resync = kNever;       ///< when the next state is believed
    std::vector<SegmentId> wrong;  ///< segments whose news were lost
  };
  struct Stream {
    SimTime message{-1};       ///< instant of the present message
    std::uint32_t number = 0;  ///< messages so far
    SimTime phase;             ///< of periodic states
  };
  struct Due {
    SimTime time;
    InstanceId instance;
    ReplicaId replica;
    bool operator>(const Due& other) const {
      if (time != other.time) return time > other.time;
      return instance != other.instance ? instance > other.instance : replica > other.replica;
    }
  };

  Wire& wire(InstanceId instance, std::size_t replica) {
    return wires_[instance * replicas_ + replica];
  }
  void next_message(SimTime time, InstanceId instance);
  void plan(InstanceId instance, std::size_t replica, SimTime at);
  SimTime next_state(const Stream& stream, SimTime after) const;
  void resync(InstanceId instance, std::size_t replica, Belief& belief);
  void forget(InstanceId instance, std::vector<Belief>& beliefs);

  double probability_ = 0;
  KvResync mode_ = KvResync::kOnGap;
  SimTime resync_time_;
  SimTime latency_;
  std::size_t replicas_ = 0;
  RandomStream draws_;
  PrefixIndex told_;  ///< what a replica would believe had nothing been lost
  std::vector<Stream> streams_;
  std::vector<Wire> wires_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t lost_ = 0;
  std::uint64_t resyncs_ = 0;
};

}  // namespace pigou
