// Keeps what routers may know up to date. The only room that reads cluster for routers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cluster/cluster.hpp"
#include "kernels/choices_body.hpp"
#include "view/beliefs/belief.hpp"
#include "view/beliefs/kv_feed.hpp"
#include "view/gauges/staleness_ring.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// What a router booked for a request on an instance, to be taken back later.
struct Booking {
  std::uint32_t instance = kNoIndex;
  std::uint32_t prefill_tokens = 0;
  std::uint32_t blocks = 0;  ///< not deduplicated part
  bool shares = false;       ///< path segments are counted in the index
  bool made() const { return instance != kNoIndex; }
};

/// All router replicas' columns, indexed (replica, instance), and their beliefs.
class View final : public RouterView, private ViewShortcuts {
 public:
  View() = default;
  View(const ViewNeeds& needs, Cluster& cluster, std::uint32_t replicas, std::uint64_t seed,
       const KvLossConfig& loss = {});

  // RouterView
  InstanceColumns loads(Side side) const override;
  void measure(const PathView& path, HeldBlocks& held) override;
  std::int32_t overlap_of(const PathView& path, std::uint32_t instance) override {
    refresh();
    return beliefs_[replica_].index.overlap(path, instance);
  }
  GaugeColumns gauge_columns() override;
  ViewShortcuts* shortcuts() override { return this; }

  const ViewNeeds& needs() const { return needs_; }
  /// Starts loading what a decision about `path` will read: the slots first, a while later the
  /// rest.
  void prefetch(const PathView& path) const {
    if (feed_.active()) beliefs_[0].index.prefetch(path);
  }
  void prefetch_cells(const PathView& path) const {
    if (feed_.active()) beliefs_[0].index.prefetch_cells(path);
  }
  /// Opens a decision of `replica`: gauges are brought to `now`, beliefs when first read.
  void open(Cluster& cluster, const RequestView& request, std::uint32_t replica, SimTime now);
  /// Beliefs are brought to the open decision's instant, if they are not yet.
  void refresh() {
    if (!fresh_) bring_to_now();
  }
  /// Nothing more is read: beliefs end at `end`, or at the last decision if that was later.
  void close(Cluster& cluster, SimTime end);
  /// Where the cluster is that beliefs are read from: a copied simulation has its own.
  void attach(Cluster& cluster) { cluster_ = &cluster; }
  /// Whether the KV events of `instance` are heard.
  bool hears_of(std::uint32_t instance) const { return feed_.active() && instance < indexed_; }
  /// Tokens of the open request's leading blocks believed to be cached on `instance`.
  std::uint32_t cached_tokens(std::uint32_t instance);
  /// Its believed hit: the same, but the engine computes at least one token. What phantom hits are
  /// counted from.
  std::uint32_t believed_tokens(std::uint32_t instance);
  /// Blocks a router books for `tokens` of a sequence.
  std::int64_t blocks_of(std::int64_t tokens, std::int64_t block_tokens) const {
    return (tokens + (needs_.whole_blocks ? 0 : block_tokens - 1)) / block_tokens;
  }

  /// Replica `replica` learns that `instance` takes requests, or that it does not.
  void set_available(std::uint32_t replica, std::uint32_t instance, bool available);
  using RouterView::available;
  bool available(std::uint32_t replica, std::uint32_t instance) const {
    return eligible_.empty() || eligible_[column(replica, instance)] != 0;
  }
  std::uint32_t available_entries(std::uint32_t replica) const {
    return entry_ - unavailable_[replica][0];
  }
  std::uint32_t available_decodes(std::uint32_t replica) const {
    return instances_ - entry_ - unavailable_[replica][1];
  }

  /// Exact local bookkeeping at dispatch; the entry side is the open decision's request, of whose
  /// prompt `believed` tokens are taken for cached.
  Booking book_entry(std::uint32_t instance, std::int64_t believed);
  Booking book_decode(std::uint32_t replica, std::uint32_t instance, std::int64_t blocks);
  /// A booking enters `replica`'s columns, its prefill ends, it leaves them.
  void add(std::uint32_t replica, const Booking& booking, const PathView& path);
  void prefill_done(std::uint32_t replica, const Booking& booking);
  void release(std::uint32_t replica, const Booking& booking, const PathView& path);
  /// With ViewNeeds::output_blocks, before open(): the columns of `replica` start from its books,
  /// each request of which has `output_blocks` more; what it shares with nobody counts `share`.
  void start_output(std::uint32_t replica);
  void add_output(const Booking& booking, const PathView& path, std::uint32_t output_blocks,
                  double share);
  void end_output();

  /// The engine of `instance` has run: takes over its KV events.
  void after_engine(std::uint32_t instance, Cluster& cluster) {
    if (hears_of(instance)) feed_.collect(instance, cluster, beliefs_, changed_);
  }
  /// `instance` is about to change at (now, phase): evaluates the ticks that come before.
  void before_change(std::uint32_t instance, Cluster& cluster, SimTime now, Phase phase) {
    changed_ = now;
    if (!snapshot_.active()) return;
    snapshot_.catch_up(instance, cluster, phase < Phase::kTimer ? now - SimTime{1} : now);
    if (phase != Phase::kStepEnd) cluster.hold_gauges(instance, now);
  }
  StalenessRing& snapshot() { return snapshot_; }
  const KvLoss& kv_loss() const { return feed_.loss(); }
  /// KV events as replica 0 came to know them, in order: kept from now on, until cleared.
  std::vector<SeenKvEvent>& log_kv_events() {
    beliefs_[0].logs = true;
    refresh();
    return beliefs_[0].log;
  }
  const std::int64_t* active_prefill_tokens() const { return active_prefill_tokens_.data(); }

 private:
  // ViewShortcuts
  std::uint32_t least(const RequestView& request, std::uint64_t draw) override {
    Belief& belief = beliefs_[replica_];
    if (!belief.separable.active()) return kNoIndex;
    refresh();
    return belief.separable.choose(request.path, request.row.input_tokens, belief.index, draw);
  }
  InstanceShortlist near_least(const RequestView& request, double above) override;
  std::uint32_t least_decode(std::uint64_t draw) const override {
    const LoadTree& load = beliefs_[replica_].decode_load;
    return load.tied(static_cast<std::uint32_t>(drawn_share(draw, load.ties())));
  }

  /// Columns of a shortlist.
  struct NearColumns {
    std::vector<std::uint32_t> instances;
    std::vector<std::int64_t> active_prefill_tokens, active_blocks, active_requests;
    std::vector<std::int32_t> overlap, shared;
    void clear() {
      instances.clear();
      active_prefill_tokens.clear();
      active_blocks.clear();
      active_requests.clear();
      overlap.clear();
      shared.clear();
    }
  };
  std::size_t column(std::uint32_t instance) const { return column(replica_, instance); }
  std::size_t column(std::uint32_t replica, std::uint32_t instance) const {
    return static_cast<std::size_t>(replica) * instances_ + instance;
  }

  ViewNeeds needs_;
  std::uint32_t instances_ = 0;
  std::uint32_t entry_ = 0;
  std::uint32_t indexed_ = 0;  ///< the first ones, whose believed caches are kept
  std::uint32_t replica_ = 0;
  SimTime now_;
  SimTime changed_;  ///< when an engine last changed
  Cluster* cluster_ = nullptr;
  bool fresh_ = true;  ///< KV events due by now_ are believed
  std::vector<std::int64_t> active_requests_;
  std::vector<std::int64_t> active_prefill_tokens_;
  std::vector<std::int64_t> active_blocks_;
  NearColumns near_;
  std::vector<std::uint8_t> eligible_;  ///< by column; empty until an instance was unavailable
  /// By replica: of the entry and of the decode side.
  std::vector<std::array<std::uint32_t, 2>> unavailable_;
  std::vector<std::uint32_t> seen_running_, seen_waiting_;  ///< gauges, of all instances
  std::vector<double> seen_kv_usage_;
  std::vector<std::int64_t> seen_tick_;
  std::uint64_t gauge_changes_ = 0;
  std::vector<std::uint64_t> seen_changes_;   ///< as GaugeColumns::changes
  std::size_t adapter_words_ = 0;             ///< of one set; 0: no adapters in the gauges
  std::vector<std::uint64_t> seen_adapters_;  ///< [instance][running, waiting][word]
  std::vector<std::uint32_t> seen_named_, seen_most_;
  /// Active blocks of the open replica, by instance.
  const std::int64_t* shown_blocks() const {
    return blocks_and_output_.empty() ? active_blocks_.data() + column(0)
                                      : blocks_and_output_.data();
  }
  std::uint32_t output_replica_ = 0;
  std::vector<double> output_sums_;              ///< active blocks, output among them
  std::vector<std::int64_t> blocks_and_output_;  ///< the same, rounded; of one replica
  bool may_have_trees(const ViewNeeds& needs) const;
  void grow_trees(SeparableCost cost, std::int64_t block_tokens);
  void load_changed(std::uint32_t replica, std::uint32_t instance);
  void bring_to_now();
  void see(std::uint32_t instance);
  void gauges_changed(std::uint32_t instance);

  std::vector<Belief> beliefs_;  ///< by replica
  KvFeed feed_;
  StalenessRing snapshot_;
};

}  // namespace pigou
