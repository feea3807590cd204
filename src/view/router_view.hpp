// What a router may know: request rows without output length, and columns over instances.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "cluster/cache/segment_path.hpp"
#include "kernels/columns.hpp"
#include "view/decision.hpp"
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

  bool any() const { return prefill_weight != 0 || block_weight != 0; }
};

/// A few entry instances, by id, and the columns over them.
struct InstanceShortlist {
  std::span<const std::uint32_t> instances;
  InstanceColumns columns;  ///< overlap_blocks and shared_active_blocks among them
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

/// What clients said of a request beside its prompt; 0 and empty where the trace has no such label.
struct RequestHints {
  double priority = 0;  ///< label `priority`: higher is more urgent
  std::uint32_t strict_priority = 0;
  std::string_view policy_class;
  std::string_view tenant = {};      ///< label `tenant`: whom a fair router gives turns
  double overlap_score_credit = -1;  ///< Dynamo's override for this request; below 0: none
  double temperature = -1;           ///< the same of the softmax's
  std::int64_t slo_ttft_ms = -1;  ///< label `slo_ttft_ms`: the client's TTFT target; below 0: none
};

/// The request a decision is about, as a router sees it.
struct RequestView {
  RequestRow row;
  std::uint32_t block_tokens = 16;
  std::uint32_t copy = 0;                       ///< workload copy: part of its blocks' identity
  std::span<const std::uint32_t> trace_blocks;  ///< ids of its prompt's blocks in the trace
  std::uint32_t trace_block_tokens = 0;
  PathView path;
  /// The session the request belongs to, as a header would say: see conversations(). Its own for a
  /// request of no session.
  std::uint64_t session = 0;
  /// Where the recorded router sent it (RecordedPlacement), kNoIndex: no record. No real router
  /// knows this: set only for the policy that asks for ViewNeeds::recorded_placement, `recorded`.
  std::uint32_t recorded_entry = kNoIndex;
  std::uint32_t recorded_decode = kNoIndex;  ///< index among all instances
  RequestHints hints;                        ///< set only with ViewNeeds::labels
  std::uint32_t adapter = 0;                 ///< number of its LoRA adapter; 0: the base model
};

/// Periodic gauges of one instance, as old as the signal says.
struct SeenGauges {
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
  double kv_usage = 0;
  std::int64_t tick = -1;  ///< number of the snapshot seen; -1: none has arrived yet
};

/// The same as columns over all instances, entry ones first: one pass reads them all.
struct GaugeColumns {
  const std::uint32_t* running = nullptr;
  const std::uint32_t* waiting = nullptr;
  const double* kv_usage = nullptr;
  const std::int64_t* tick = nullptr;
  /// For each kGaugeBlock instances, those of the entry side first and the decode side's from
  /// blocks_of(entry_count) on, the number of the last change of running, waiting or KV usage in
  /// it; numbers only rise, and a policy that has seen a block's need not read it again. Null: not
  /// kept.
  const std::uint64_t* changes = nullptr;

  static constexpr std::size_t kGaugeBlock = 16;
  static constexpr std::size_t blocks_of(std::size_t instances) {
    return (instances + kGaugeBlock - 1) / kGaugeBlock;
  }
};

/// LoRA adapters in use as the snapshots name them (vLLM's `lora_requests_info`), over all
/// instances, entry ones first; before an instance's first snapshot it has none and no room. Null:
/// the trace has no adapters, or ViewNeeds::adapter_gauges was not asked for.
struct AdapterColumns {
  const std::uint64_t* sets = nullptr;   ///< per instance those that run, then those that wait
  const std::uint32_t* named = nullptr;  ///< how many run plus how many wait; both counts twice
  const std::uint32_t* most = nullptr;   ///< how many one step may mix
  std::size_t words = 0;                 ///< of one set

  bool running(std::size_t instance, std::uint32_t adapter) const {
    return holds(2 * instance, adapter);
  }
  bool waiting(std::size_t instance, std::uint32_t adapter) const {
    return holds(2 * instance + 1, adapter);
  }

 private:
  bool holds(std::size_t set, std::uint32_t adapter) const {
    if (adapter == 0) return false;
    return (sets[set * words + (adapter - 1) / 64] >> (adapter - 1) % 64 & 1) != 0;
  }
};

/// Blocks of the open request that an instance need not compute though they are not in its GPU
/// memory, as columns over all instances, entry ones first. Null: no such tier.
struct LowerTierColumns {
  const std::int32_t* host_blocks = nullptr;    ///< in its host memory, behind those on the GPU
  const std::int32_t* disk_blocks = nullptr;    ///< on its disk or beyond, behind those
  const std::int32_t* shared_blocks = nullptr;  ///< in a cache all share, not in its GPU memory
};

/// A column of a candidate as the policy read it, in the words it declares (Policy::declares).
struct NotedColumn {
  const ColumnRead* read;  ///< a constant
  double value;
  double weight = kNoWeight;  ///< of a score that is one of a weighted sum

  static constexpr double kNoWeight = std::numeric_limits<double>::quiet_NaN();
};

/// What a policy says of its decision while decisions are recorded (`--decisions`).
struct DecisionNote {
  struct Candidate {
    std::uint32_t instance;
    double cost;  ///< lower is better; a policy whose rule maximises notes the negative
    /// Tokens of the prompt that a belief of the policy's own says are cached there; -1: it has
    /// none, and what counts is the view's.
    std::int64_t believed_tokens = -1;
    std::vector<NotedColumn> declared = {};  ///< what its cost read
  };
  std::string_view rule;  ///< which branch of the rule decided, a literal: "affinity", "imbalance"
  std::vector<Candidate> candidates;  ///< those considered
  std::uint32_t slot = kNoIndex;      ///< the request it is about; kNoIndex: the decision's
  std::vector<DecisionNote> others;   ///< about further requests that the same answer places
};

/// Read-only window of one router replica at one decision. Entry instances (aggregated or prefill)
/// and decode instances have columns of their own; decode index d is instance entry_count() + d.
class RouterView {
 public:
  virtual ~RouterView() = default;

  virtual const RequestView& request() const = 0;
  /// Load columns; overlap and shared columns are null until measure_overlap() was called. Decode
  /// instances' are zero without ViewNeeds::decode_index, and nothing is shared there.
  virtual InstanceColumns entry() const = 0;
  virtual InstanceColumns decode() const = 0;
  virtual bool split() const = 0;
  virtual std::uint32_t entry_count() const = 0;
  /// Fills entry().overlap_blocks and shared_active_blocks for this request.
  virtual void measure_overlap() = 0;
  /// Believed leading blocks on one instance whose cache is indexed, without measuring all.
  virtual std::int32_t overlap_on(std::uint32_t instance) = 0;
  /// The same of another request, by its RequestView::path: one that waits in the router's queue.
  /// The path stays valid as long as the simulation; the belief is that of now.
  virtual std::int32_t overlap_of(const PathView& path, std::uint32_t instance) = 0;
  /// The open decision turns to a request of the policy's own queue, by the RequestView it had when
  /// it came: from now on all answers are about that one. The answer must be about it too.
  virtual void turn_to(const RequestView& request) = 0;
  /// What lies below GPU memory; only where PolicyLayout::lower_tiers says that there is anything.
  virtual LowerTierColumns lower_tiers() { return {}; }
  virtual SeenGauges gauges(std::uint32_t instance) = 0;
  virtual GaugeColumns gauge_columns() = 0;
  virtual AdapterColumns adapter_columns() { return {}; }
  /// Whether requests may be sent to the instance: up, not draining, and its circuit breaker (of
  /// this replica) is not open. Columns of a fleet not wholly available have `eligible` set.
  virtual bool available(std::uint32_t instance) const = 0;
  /// Where to note why, or null when nobody asks; noting must not change the decision.
  virtual DecisionNote* note() { return nullptr; }
  /// KV blocks an instance has.
  virtual double kv_blocks(std::uint32_t instance) const = 0;
  /// The entry instance with the least ViewNeeds::separable cost, ties by `draw`, without a scan;
  /// kNoIndex when the fleet is small or the prefix unusual: then score the columns.
  virtual std::uint32_t least_separable(std::uint64_t draw) = 0;
  /// The entry instances whose ViewNeeds::separable cost is at most `above` blocks over the least,
  /// for a cost that this one bounds from below; valid until the next call. Empty when there are
  /// many of them, the fleet is small or the prefix unusual: then score the columns.
  virtual InstanceShortlist near_least_separable(double above) {
    static_cast<void>(above);
    return {};
  }
  /// The decode instance (index among decode instances) with the fewest active blocks, ties by
  /// `draw`: the same choice as scoring the columns by active_blocks alone.
  virtual std::uint32_t least_decode_blocks(std::uint64_t draw) const = 0;
  /// Tokens one step of an entry instance may hold (max_num_batched_tokens).
  virtual std::int64_t max_batched_tokens(std::uint32_t instance) const = 0;
};

}  // namespace pigou
