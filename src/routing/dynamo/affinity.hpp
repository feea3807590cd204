// Dynamo's session affinity: a session is bound to the worker it went to. Source: ai-dynamo/dynamo
// session_affinity/ (1.5), docs "Maintain Session Affinity".
#pragma once

#include "routing/parts/fleet_side.hpp"
#include "routing/parts/session_table.hpp"

namespace pigou {

/// Bindings of one side. They end when the session was idle for `ttl`, counted from its last
/// request or answer; a binding to a worker that is down is void. Off at ttl 0.
class DynamoAffinity {
 public:
  explicit DynamoAffinity(SimTime ttl) : ttl_(ttl), table_(ttl, ttl) {}

  bool on() const { return ttl_.ps > 0; }
  /// Index on the side, kNoIndex where the session is bound to nobody usable.
  std::uint32_t bound(std::uint64_t session, const FleetSide& side, SimTime now) {
    if (!on()) return kNoIndex;
    const bool over = table_.idle_since(session, now) >= ttl_;
    std::uint32_t& worker = table_.touch(session, now).workers[0];
    if (worker != kNoIndex && (over || !side.usable(worker))) worker = kNoIndex;
    return worker;
  }
  void bind(std::uint64_t session, std::uint32_t worker, SimTime now) {
    if (on()) table_.touch(session, now).workers[0] = worker;
  }
  /// An answer of the session has ended.
  void answered(std::uint64_t session, SimTime now) {
    if (on()) table_.touch(session, now);
  }

 private:
  SimTime ttl_;
  SessionTable table_;
};

}  // namespace pigou
