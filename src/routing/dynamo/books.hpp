// What Dynamo's router counts as a worker's load, and how prefill fades. Source: ai-dynamo/dynamo
// lib/kv-router/src/{scheduling/config.rs@0243c51bb6e8, sequences/prefill_tracker.rs@0b6b9200b004}.
#pragma once

#include <deque>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// Which loads are counted. With `fading`, prefill work is believed done at the modelled speed of
/// its worker, before a first token says so: the time since the oldest prefill there became the
/// oldest, in tokens of that prefill per modelled second, comes off all of the worker's tokens and
/// never takes them below zero.
class DynamoBooks {
 public:
  /// Everything, as the view has it.
  DynamoBooks() = default;
  DynamoBooks(bool blocks, bool prefill, bool fading, std::uint32_t instances)
      : blocks_(blocks),
        prefill_(prefill),
        fading_(fading && prefill),
        zeros_(blocks && prefill ? 0 : instances, 0),
        faded_(fading_ ? instances : 0),
        fronts_(fading_ ? instances : 0) {}

  bool counts_blocks() const { return blocks_; }
  bool counts_prefill() const { return prefill_; }
  bool fades() const { return fading_; }
  /// The view's columns are what this router counts.
  bool plain() const { return blocks_ && prefill_ && !fading_; }
  /// The side's load columns become what this router counts at `now`, until the next call.
  void apply(FleetSide& side, SimTime now);
  /// What the request would add.
  RequestRow row(const RequestView& request) const {
    return {prefill_ ? request.row.input_tokens : 0, blocks_ ? request.row.blocks : 0};
  }

  /// `tokens` set out to be computed on `instance` at `s_per_token`.
  void sent(SlotId slot, InstanceId instance, std::int64_t tokens, double s_per_token, SimTime now);
  /// The prefill of `slot` is done, or it has left; nothing where it was not known.
  void prefilled(SlotId slot, SimTime now);

 private:
  struct Prefill {
    SlotId slot;
    std::int64_t tokens;
    SimTime modelled;
  };
  struct Front {
    std::deque<Prefill> prefills;  ///< in order of sending
    SimTime since;                 ///< when the first became the first
  };

  bool blocks_ = true, prefill_ = true, fading_ = false;
  std::vector<std::int64_t> zeros_, faded_;
  std::vector<Front> fronts_;               ///< by instance
  std::vector<std::uint32_t> instance_of_;  ///< by slot; kNoIndex: not prefilling
};

}  // namespace pigou
