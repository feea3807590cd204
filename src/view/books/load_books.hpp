// What router replicas have placed where, and where they may place more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "view/books/load_tree.hpp"
#include "view/columns.hpp"

namespace pigou {

/// What a router booked for a request on an instance, to be taken back later.
struct Booking {
  InstanceId instance = kNoIndex;
  std::uint32_t prefill_tokens = 0;
  std::uint32_t blocks = 0;  ///< not deduplicated part
  bool shares = false;       ///< path segments are counted in the prefix index
  bool made() const { return instance != kNoIndex; }
};

/// Columns indexed (replica, instance): active requests, prefill tokens not yet computed, blocks,
/// and which instances take requests.
///
/// Invariants: a column is the sum over the bookings added and not yet released, so it is 0 once
/// all are; how many are unavailable is what the eligible column says, by replica and side; the
/// decode side's tree holds active blocks of those available and kUnavailableLoad of the others.
class LoadBooks {
 public:
  LoadBooks() = default;
  LoadBooks(std::uint32_t replicas, std::uint32_t entries, std::uint32_t decodes);

  /// A booking with `blocks` blocks, deduplicated, enters the columns; its prefill ends; it leaves.
  void add(ReplicaId replica, const Booking& booking, std::int64_t blocks) {
    const std::size_t at = column(replica, booking.instance);
    active_blocks_[at] += blocks;
    active_prefill_tokens_[at] += booking.prefill_tokens;
    ++active_requests_[at];
    decode_changed(replica, booking.instance);
  }
  void prefill_done(ReplicaId replica, const Booking& booking) {
    active_prefill_tokens_[column(replica, booking.instance)] -= booking.prefill_tokens;
  }
  void release(ReplicaId replica, const Booking& booking, std::int64_t blocks) {
    const std::size_t at = column(replica, booking.instance);
    active_prefill_tokens_[at] -= booking.prefill_tokens;
    active_blocks_[at] -= blocks;
    --active_requests_[at];
    decode_changed(replica, booking.instance);
  }

  /// True if that is news.
  bool set_available(ReplicaId replica, InstanceId instance, bool available);
  bool available(ReplicaId replica, InstanceId instance) const {
    return eligible_.empty() || eligible_[column(replica, instance)] != 0;
  }
  std::uint32_t available_entries(ReplicaId replica) const {
    return entries_ - unavailable_[replica][0];
  }
  std::uint32_t available_decodes(ReplicaId replica) const {
    return instances_ - entries_ - unavailable_[replica][1];
  }

  /// The columns of one side; `eligible` is null where all are available.
  InstanceColumns side(ReplicaId replica, Side side) const {
    const std::size_t first = column(replica, InstanceId{side == Side::kEntry ? 0 : entries_});
    InstanceColumns columns;
    columns.active_prefill_tokens = active_prefill_tokens_.data() + first;
    columns.active_blocks = active_blocks_.data() + first;
    columns.active_requests = active_requests_.data() + first;
    if (unavailable_[replica][static_cast<std::size_t>(side)] > 0)
      columns.eligible = eligible_.data() + first;
    return columns;
  }
  /// Of all instances, entry ones first.
  const std::int64_t* active_blocks(ReplicaId replica) const {
    return active_blocks_.data() + column(replica, 0);
  }
  const std::int64_t* active_prefill_tokens(ReplicaId replica) const {
    return active_prefill_tokens_.data() + column(replica, 0);
  }
  const std::int64_t* active_requests(ReplicaId replica) const {
    return active_requests_.data() + column(replica, 0);
  }
  const LoadTree& decode_load(ReplicaId replica) const { return decode_load_[replica]; }

 private:
  std::size_t column(ReplicaId replica, InstanceId instance) const {
    return static_cast<std::size_t>(replica) * instances_ + instance;
  }
  void decode_changed(ReplicaId replica, InstanceId instance) {
    if (instance < entries_) return;
    decode_load_[replica].set(instance - entries_, available(replica, instance)
                                                       ? active_blocks_[column(replica, instance)]
                                                       : kUnavailableLoad);
  }

  std::uint32_t instances_ = 0;
  std::uint32_t entries_ = 0;
  std::vector<std::int64_t> active_requests_;
  std::vector<std::int64_t> active_prefill_tokens_;
  std::vector<std::int64_t> active_blocks_;
  std::vector<std::uint8_t> eligible_;  ///< by column; empty until an instance was unavailable
  /// By replica: of the entry and of the decode side.
  std::vector<std::array<std::uint32_t, 2>> unavailable_;
  std::vector<LoadTree> decode_load_;  ///< by replica
};

}  // namespace pigou
