// What a router may know of one decision: the request without output length, and columns.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/ids.hpp"
#include "view/columns.hpp"
#include "view/decision.hpp"
#include "view/needs.hpp"
#include "view/note.hpp"
#include "view/request_view.hpp"

namespace pigou {

/// Answers that scoring the columns gives as well, draw for draw, found without a scan.
class ViewShortcuts {
 public:
  virtual std::uint32_t least(const RequestView& request, std::uint64_t draw) = 0;
  virtual InstanceShortlist near_least(const RequestView& request, double above) = 0;
  virtual std::uint32_t least_decode(std::uint64_t draw) const = 0;

 protected:
  ViewShortcuts() = default;
  ViewShortcuts(const ViewShortcuts&) = default;
  ViewShortcuts& operator=(const ViewShortcuts&) = default;
  ~ViewShortcuts() = default;
};

/// Window of one router replica at one decision. Decode index d is instance entry_count() + d.
///
/// What lies behind it says four things: which loads its columns hold, what the caches are believed
/// to hold of a prompt and, where it has them, gauges and shortcuts. The rest is here: the request
/// that is asked about, what was measured of it, and what the policy notes. A copy is a window of
/// its own: nothing in it points into itself.
class RouterView {
 public:
  RouterView() = default;
  explicit RouterView(std::shared_ptr<const FleetShape> fleet) { set_fleet(std::move(fleet)); }
  virtual ~RouterView() = default;

  // What an implementer says.

  /// active_* and eligible of one side, as they are now; `eligible` is null where all are
  /// available.
  virtual InstanceColumns loads(Side side) const = 0;
  /// What is believed to be held of a prompt, the open request's or any other's: a request that
  /// waits in the policy's queue is measured by its RequestView::path, which stays valid as long as
  /// the simulation. The belief is that of now. Zeros where no cache is believed in; `held` was
  /// empty before, or filled by this view.
  virtual void measure(const PathView& path, HeldBlocks& held) = 0;
  /// HeldBlocks::overlap_blocks of one instance whose cache is indexed, without measuring all.
  virtual std::int32_t overlap_of(const PathView& path, InstanceId instance);
  virtual GaugeColumns gauge_columns() { return {}; }
  virtual ViewShortcuts* shortcuts() { return nullptr; }

  // What a policy asks.

  const RequestView& request() const { return request_; }
  const FleetShape& fleet() const { return *fleet_; }
  const std::shared_ptr<const FleetShape>& shared_fleet() const { return fleet_; }
  bool split() const { return fleet_->decode_count() > 0; }
  std::uint32_t entry_count() const { return fleet_->entry_count; }
  double kv_blocks(InstanceId instance) const { return fleet_->kv_blocks[instance]; }
  std::int64_t max_batched_tokens(InstanceId instance) const {
    return fleet_->max_batched_tokens[instance];
  }
  /// Load columns; overlap and shared columns are null until measure_overlap() was called. Those of
  /// decode instances are zero without ViewNeeds::decode_index, and nothing is shared there.
  InstanceColumns entry() const {
    InstanceColumns columns = loads(Side::kEntry);
    columns.count = fleet_->entry_count;
    columns.prefill_s_per_token = fleet_->prefill_s_per_token.data();
    columns.overlap_blocks = measured_ ? held_.overlap_blocks.data() : nullptr;
    columns.shared_active_blocks = measured_ ? held_.shared_active_blocks.data() : nullptr;
    return columns;
  }
  InstanceColumns decode() const {
    const std::uint32_t first = fleet_->entry_count;
    const bool known = measured_ || fleet_->believed_count <= first;
    InstanceColumns columns = loads(Side::kDecode);
    columns.count = fleet_->decode_count();
    columns.prefill_s_per_token = fleet_->prefill_s_per_token.data() + first;
    columns.overlap_blocks = known ? held_.overlap_blocks.data() + first : nullptr;
    columns.shared_active_blocks = held_.shared_active_blocks.data() + first;
    return columns;
  }
  /// Measures the open request, if it is not yet: fills the columns that are its own.
  void measure_overlap() {
    if (measured_) return;
    measured_ = true;
    measure(request_.path, held_);
  }
  /// Believed leading blocks of the open request on one instance.
  std::int32_t overlap_on(InstanceId instance) {
    return measured_ ? held_.overlap_blocks[instance] : overlap_of(request_.path, instance);
  }
  /// What lies below GPU memory; only where PolicyLayout::lower_tiers says that there is anything.
  LowerTierColumns lower_tiers();
  /// The open decision turns to a request of the policy's own queue, by the RequestView it had when
  /// it came: from now on all answers are about that one. The answer must be about it too.
  void turn_to(const RequestView& request) {
    request_ = request;
    measured_ = false;
  }
  /// All zero where no gauges are kept.
  SeenGauges gauges(InstanceId instance);
  AdapterColumns adapter_columns() { return gauge_columns().adapters; }
  /// Whether requests may be sent to the instance: up, not draining, and its circuit breaker (of
  /// this replica) is not open. Columns of a fleet not wholly available have `eligible` set.
  bool available(InstanceId instance) const;
  /// Where to note why, or null when nobody asks; noting must not change the decision.
  DecisionNote* note() { return notes_ ? &note_ : nullptr; }
  /// The entry instance with the least ViewNeeds::separable cost, ties by `draw`, without a scan;
  /// kNoIndex when the fleet is small or the prefix unusual: then score the columns.
  std::uint32_t least_separable(std::uint64_t draw) {
    ViewShortcuts* known = shortcuts();
    return known == nullptr ? kNoIndex : known->least(request_, draw);
  }
  /// The entry instances whose ViewNeeds::separable cost is at most `above` blocks over the least,
  /// for a cost that this one bounds from below; valid until the next call. Empty when there are
  /// many of them, the fleet is small or the prefix unusual: then score the columns.
  InstanceShortlist near_least_separable(double above) {
    ViewShortcuts* known = shortcuts();
    return known == nullptr ? InstanceShortlist{} : known->near_least(request_, above);
  }
  /// The decode instance (index among decode instances) with the fewest active blocks, ties by
  /// `draw`: the same choice as scoring the columns by active_blocks alone.
  std::uint32_t least_decode_blocks(std::uint64_t draw);

  // What whoever opens decisions does.

  /// A decision about `request` begins: nothing is measured of it, nothing noted.
  void begin(const RequestView& request) {
    turn_to(request);
    if (notes_) note_ = {};
  }
  /// From now on policies may note why, or no longer; what they noted of the open decision.
  void keep_notes(bool kept = true) { notes_ = kept; }
  const DecisionNote& noted() const { return note_; }

 protected:
  RouterView(const RouterView&) = default;
  RouterView& operator=(const RouterView&) = default;
  RequestView& open_request() { return request_; }
  void set_fleet(std::shared_ptr<const FleetShape> fleet) {
    fleet_ = std::move(fleet);
    held_.clear(fleet_->count());
    measured_ = false;
  }

 private:
  std::shared_ptr<const FleetShape> fleet_;
  RequestView request_;
  HeldBlocks held_;  ///< of the open request, once measured_; entries no belief is kept of are 0
  bool measured_ = false;
  bool notes_ = false;
  DecisionNote note_;
};

}  // namespace pigou
