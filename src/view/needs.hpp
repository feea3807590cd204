// What a policy asks the view to keep for it.
#pragma once

#include <cstdint>

#include "view/request_label.hpp"

namespace pigou {

/// A cost of the form load(instance) - credit(request, instance) + terms of the request alone, as
/// integers: weights per block's worth of active prefill tokens and per active block, credits per
/// block of overlap and per block shared with active requests. All zero: the policy needs the scan.
struct SeparableCost {
  std::int64_t prefill_weight = 0;
  std::int64_t block_weight = 0;
  std::int64_t overlap_credit = 0;
  std::int64_t shared_credit = 0;
  /// The cost is this times the instance's seconds per prefill token, which leaves the order alone
  /// where all have the same; where they differ the scan is needed.
  bool times_prefill_rate = false;
  /// A prompt's last token is computed even where all of it is cached: credit ends before it.
  bool spares_last_token = false;

  bool operator==(const SeparableCost&) const = default;
  bool any() const { return prefill_weight != 0 || block_weight != 0; }
};

/// Whether a router counts the blocks a request's answer fills, each in full, or in the share that
/// is still to come by the answer's length, which the client has told (Dynamo's `osl` hint).
enum class OutputBlocks : std::uint8_t { kNone, kWhole, kFading };

/// What a policy needs kept for it; everything it does not ask for costs nothing.
struct ViewNeeds {
  bool prefix_index = false;  ///< believed caches, fed by KV events
  bool decode_index =
      false;  ///< of decode instances too; asks for prefix_index, excludes separable
  double kv_event_latency_s = 0;
  bool shared_active = false;  ///< active blocks deduplicated by prefix
  /// Books follow the hashes of whole blocks, as Dynamo's do: a prompt's last, partial block counts
  /// nowhere, and a prompt believed to be cached to its end brings no prefill tokens.
  bool whole_blocks = false;
  double snapshot_period_s = 0;  ///< > 0: periodic gauges
  double snapshot_delay_s = 0;
  bool snapshot_polled = false;  ///< one poller asks all instances at the same instants
  bool adapter_gauges = false;   ///< the snapshots say which LoRA adapters are in use
  SeparableCost separable;       ///< entry side may be chosen by it without a scan
  bool room_freed = false;       ///< hook kRoomFreed while its own queue is not empty
  // Notifications: each costs one call of decide().
  bool first_token = false;
  bool finish = false;
  bool instance_change = false;
  bool breaker_change = false;  ///< instance_change also when a circuit breaker opens or half-opens
  bool peer_placed = false;
  bool recorded_placement = false;  ///< RequestView::recorded_entry and _decode, from the trace
  /// What of the client's words it uses: RequestView::session and hints. A label that is not here
  /// makes no difference to the router, and a run says so.
  LabelSet labels;
  /// Active blocks grow with the tokens that stream through the router. Costs a pass over the
  /// requests in flight per decision; excludes separable.
  OutputBlocks output_blocks = OutputBlocks::kNone;
};

}  // namespace pigou
