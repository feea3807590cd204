// Between clients and engines: router replicas, the time they take, and what is on its way to and
// from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/event_tree.hpp"
#include "core/ids.hpp"
#include "simulation/ask.hpp"
#include "simulation/config.hpp"
#include "simulation/deliveries.hpp"
#include "simulation/fifo.hpp"
#include "simulation/reports.hpp"
#include "simulation/router_queue.hpp"
#include "view/view.hpp"

namespace pigou {

/// What one replica tells the others: a booking made, its prefill done, or taken back.
struct PeerNews {
  enum class Kind : std::uint8_t { kAdd, kPrefillDone, kRelease };
  Kind kind = Kind::kAdd;
  SimTime time;
  RequestId request;
  SlotId slot;
  ReplicaId replica = 0;  ///< whose news it is
  Booking booking;
};

/// Where the gateway's events have their ids: one timer and one server per replica.
struct GatewaySources {
  std::uint32_t timers = 0, servers = 0, deliveries = 0, news = 0;
};

/// Router replicas as servers, and everything between them and clients, engines and each other. It
/// keeps what waits and what is on its way; whoever puts a question or hears a report acts on it.
/// Questions of one instant are asked in the order they came up; a replica decides one request
/// after the other; reports, and news among replicas, take equally long and so stay in order.
class Gateway {
 public:
  Gateway() = default;
  Gateway(const GatewayConfig& config, const SignalsConfig& signals, std::uint64_t seed,
          const GatewaySources& sources);

  std::uint32_t replicas() const { return static_cast<std::uint32_t>(servers_.size()); }
  /// The replica of the `number`th arrival (0 is the first). `session` is called where it decides.
  template <class Session>
  ReplicaId replica_of(std::uint64_t number, RequestId request, Session session) const {
    if (replicas() == 1) return ReplicaId{0};
    if (config_.replica_choice == ReplicaChoice::kRoundRobin)
      return ReplicaId{static_cast<std::uint32_t>(number % replicas())};
    const bool by_session = config_.replica_choice == ReplicaChoice::kSession;
    return drawn_replica(by_session ? session() : request.value);
  }
  /// Whether replicas tell each other what they book.
  bool syncs() const { return config_.sync && replicas() > 1; }
  /// How long one decision takes; 0: replicas answer at once and nobody lines up.
  SimTime decision_time() const { return decision_time_; }
  /// From a decision's start, or where nobody decided from now, until its call is at its engine.
  SimTime way(bool decides) const { return network_time_ + (decides ? decision_time_ : SimTime{}); }
  SimTime feedback_time() const { return feedback_time_; }
  SimTime sync_time() const { return sync_time_; }

  /// What came up at this instant, in order.
  Fifo<Ask> asks;
  RouterQueue queue;
  Reports reports;
  Deliveries deliveries;

  /// Lines `ask` up at its replica. True: nobody decides there now, so it is served at once.
  bool line_up(const Ask& ask);
  /// The next in line at `replica`, if any.
  std::optional<Ask> next_in_line(ReplicaId replica);
  /// The replica begins a decision now (and is asked for the next one after it), or has none.
  void set_busy(ReplicaId replica, bool busy, SimTime now, EventTree& events);

  /// Something `replica` waited for has happened: it is to be asked, if any wait in its own queue.
  void free_room(ReplicaId replica);
  bool room_freed() const { return rooms_freed_ > 0; }
  /// Of the replicas with room_freed, the first, which is asked from now on; kNoIndex: it need not
  /// be, because nobody waits any more or it has been asked already.
  ReplicaId take_room();
  /// The replica's question about room has been put, or is given up.
  void room_answered(ReplicaId replica) { servers_[replica].room_asked = false; }

  /// The policy's timer; below 0: never.
  void set_timer(ReplicaId replica, std::int64_t ps, SimTime now, EventTree& events);
  void end_timer(ReplicaId replica, EventTree& events) { events.cancel(sources_.timers + replica); }

  void send_news(const PeerNews& news, EventTree& events);
  /// The news that has just come.
  PeerNews take_news(EventTree& events);

 private:
  /// One router replica: decides one request after the other, `gateway.decision_s` each.
  struct Server {
    Fifo<Ask> line;
    bool busy = false;
    bool room_freed = false;  ///< kRoomFreed is to be asked
    bool room_asked = false;  ///< and waits in `line`
  };

  ReplicaId drawn_replica(std::uint64_t number) const;

  GatewayConfig config_;
  std::uint64_t seed_ = 0;
  GatewaySources sources_;
  SimTime decision_time_, network_time_, feedback_time_, sync_time_;
  std::vector<Server> servers_;    ///< by replica
  std::uint32_t rooms_freed_ = 0;  ///< replicas with room_freed set
  Fifo<PeerNews> news_;
};

}  // namespace pigou
