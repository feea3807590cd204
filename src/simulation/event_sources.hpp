// The table of event sources: who may have a pending event, under which id.
#pragma once

#include <array>
#include <cstdint>

namespace pigou {

/// Kinds of sources, in the order of their ids. At one (time, phase) the smaller id goes first, so
/// this order is part of every result: a new kind comes last.
enum class Source : std::uint8_t {
  kTimeout,   ///< a client gives up
  kRefill,    ///< a client keeps the number outstanding up
  kEngine,    ///< by instance: a step starts or ends
  kLink,      ///< by instance, in a split cluster: KV arrives
  kTurn,      ///< by (copy, lane): the next turn of a closed loop
  kTick,      ///< by instance: a signal publishes
  kTimer,     ///< by replica: the policy's timer
  kServer,    ///< by replica: its decision is made
  kDelivery,  ///< a call reaches its engine
  kReport,    ///< a replica hears of an answer; kept outside the event tree
  kNews,      ///< replicas hear of each other
  kFleet,     ///< an instance joins, drains, fails, recovers
  kRetry,     ///< a lost request has backed off
  kBreaker,   ///< an open breaker lets requests through again
  kControl,   ///< a parameter changes, the controller ticks
};
inline constexpr std::size_t kSourceKinds = static_cast<std::size_t>(Source::kControl) + 1;

/// Ids are handed out in the order of registration: dense, one range per kind, kinds in the order
/// of the enum.
class EventSources {
 public:
  struct Found {
    Source kind;
    std::uint32_t index;  ///< of its kind
  };

  /// Registers `count` sources of `kind` (0: none) behind all before; returns the first one's id.
  /// Throws InternalError out of order.
  std::uint32_t add(Source kind, std::uint32_t count = 1);
  std::uint32_t first(Source kind) const { return at(kind) == 0 ? 0 : ends_[at(kind) - 1]; }
  std::uint32_t count() const { return registered_ == 0 ? 0 : ends_[registered_ - 1]; }
  /// Whose id it is. Few kinds come before engines and links, which have nearly all events.
  Found find(std::uint32_t id) const {
    std::size_t kind = 0;
    while (id >= ends_[kind]) ++kind;
    const auto found = static_cast<Source>(kind);
    return {found, id - first(found)};
  }

 private:
  static std::size_t at(Source kind) { return static_cast<std::size_t>(kind); }

  std::array<std::uint32_t, kSourceKinds> ends_{};  ///< of each kind's range
  std::size_t registered_ = 0;
};

}  // namespace pigou
