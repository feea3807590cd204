// Keeps what routers may know up to date. The only room that reads cluster for routers.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"
#include "kernels/choices_body.hpp"
#include "view/beliefs/router_beliefs.hpp"
#include "view/beliefs/shortlist.hpp"
#include "view/books/load_books.hpp"
#include "view/books/output_growth.hpp"
#include "view/gauges/board.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// The window of whichever router replica decides: books, beliefs and gauges of all replicas behind
/// one face, which the simulation tells of what happens. It holds the open decision and brings the
/// three to its instant in the order that makes them agree; what they are is theirs to say.
class View final : public RouterView, private ViewShortcuts {
 public:
  View() = default;
  View(const ViewNeeds& needs, Cluster& cluster, std::uint32_t replicas, std::uint64_t seed,
       const KvLossConfig& loss = {}, const GaugeBoard::Schedule& control = {});

  // RouterView
  InstanceColumns loads(Side side) const override;
  void measure(const PathView& path, HeldBlocks& held) override;
  std::int32_t overlap_of(const PathView& path, InstanceId instance) override {
    refresh();
    return beliefs_.index(replica_).overlap(path, instance);
  }
  GaugeColumns gauge_columns() override { return gauges_.columns(); }
  ViewShortcuts* shortcuts() override { return this; }

  const ViewNeeds& needs() const { return needs_; }
  /// Starts loading what a decision about `path` will read: the slots first, a while later the
  /// rest.
  void prefetch(const PathView& path) const { beliefs_.prefetch(path); }
  void prefetch_cells(const PathView& path) const { beliefs_.prefetch_cells(path); }
  /// Opens a decision of `replica`: gauges are brought to `now`, beliefs when first read.
  void open(Cluster& cluster, const RequestView& request, ReplicaId replica, SimTime now);
  /// Beliefs are brought to the open decision's instant, if they are not yet.
  void refresh() {
    if (!beliefs_.fresh()) bring_to_now();
  }
  /// Nothing more is read: beliefs end at `end`, or at the last decision if that was later.
  void close(Cluster& cluster, SimTime end);
  /// Where the cluster is that beliefs are read from: a copied simulation has its own.
  void attach(Cluster& cluster) { cluster_ = &cluster; }
  /// Whether the KV events of `instance` are heard.
  bool hears_of(InstanceId instance) const { return beliefs_.hears_of(instance); }
  /// Tokens of the open request's leading blocks believed to be cached on `instance`.
  std::uint32_t cached_tokens(InstanceId instance);
  /// Its believed hit: the same, but the engine computes at least one token. What phantom hits are
  /// counted from.
  std::uint32_t believed_tokens(InstanceId instance);
  /// Blocks a router books for `tokens` of a sequence.
  std::int64_t blocks_of(std::int64_t tokens, std::int64_t block_tokens) const {
    return (tokens + (needs_.whole_blocks ? 0 : block_tokens - 1)) / block_tokens;
  }

  /// Replica `replica` learns that `instance` takes requests, or that it does not.
  void set_available(ReplicaId replica, InstanceId instance, bool available) {
    if (books_.set_available(replica, instance, available)) load_changed(replica, instance);
  }
  using RouterView::available;
  bool available(ReplicaId replica, InstanceId instance) const {
    return books_.available(replica, instance);
  }
  std::uint32_t available_entries(ReplicaId replica) const {
    return books_.available_entries(replica);
  }
  std::uint32_t available_decodes(ReplicaId replica) const {
    return books_.available_decodes(replica);
  }

  /// Exact local bookkeeping at dispatch; the entry side is the open decision's request, of whose
  /// prompt `believed` tokens are taken for cached.
  Booking book_entry(InstanceId instance, std::int64_t believed);
  Booking book_decode(ReplicaId replica, InstanceId instance, std::int64_t blocks);
  /// A booking enters `replica`'s columns, its prefill ends, it leaves them.
  void add(ReplicaId replica, const Booking& booking, const PathView& path);
  void prefill_done(ReplicaId replica, const Booking& booking);
  void release(ReplicaId replica, const Booking& booking, const PathView& path);
  /// With ViewNeeds::output_blocks, before open(): the columns of `replica` start from its books,
  /// each request of which has `output_blocks` more; what it shares with nobody counts `share`.
  void start_output(ReplicaId replica) {
    output_replica_ = replica;
    output_.start(books_.active_blocks(replica), fleet().count());
  }
  void add_output(const Booking& booking, const PathView& path, std::uint32_t output_blocks,
                  double share);
  void end_output() { output_.end(); }

  /// The engine of `instance` has run: takes over its KV events.
  void after_engine(InstanceId instance, Cluster& cluster) {
    beliefs_.collect(instance, cluster, changed_);
  }
  /// `instance` is about to change at (now, phase): evaluates the ticks that come before.
  void before_change(InstanceId instance, Cluster& cluster, SimTime now, Phase phase) {
    changed_ = now;
    gauges_.before_change(instance, cluster, now, phase);
    control_gauges_.before_change(instance, cluster, now, phase);
  }
  StalenessRing& snapshot() { return gauges_.ring(); }
  /// What a controller sees at a tick; `now` never falls.
  GaugeColumns control_gauges(Cluster& cluster, SimTime now) {
    control_gauges_.bring_to(cluster, now);
    return control_gauges_.columns();
  }
  /// The policy of `replica` needs something else from now on. Trees over another cost cannot
  /// answer for it: its columns are scored then.
  void follow(ReplicaId replica, const ViewNeeds& needs) {
    if (!(needs.separable == needs_.separable)) beliefs_.fell_trees(replica);
  }
  const KvLoss& kv_loss() const { return beliefs_.loss(); }
  /// KV events as replica 0 came to know them, in order: kept from now on, until cleared.
  std::vector<SeenKvEvent>& log_kv_events() {
    std::vector<SeenKvEvent>& log = beliefs_.log();
    refresh();
    return log;
  }

 private:
  // ViewShortcuts
  std::uint32_t least(const RequestView& request, std::uint64_t draw) override;
  InstanceShortlist near_least(const RequestView& request, double above) override;
  std::uint32_t least_decode(std::uint64_t draw) const override {
    const LoadTree& load = books_.decode_load(replica_);
    return load.tied(static_cast<std::uint32_t>(drawn_share(draw, load.ties())));
  }

  void load_changed(ReplicaId replica, InstanceId instance);
  void bring_to_now();

  ViewNeeds needs_;
  ReplicaId replica_ = 0;  ///< whose decision is open
  SimTime changed_;        ///< when an engine last changed
  Cluster* cluster_ = nullptr;
  LoadBooks books_;
  OutputGrowth output_;  ///< of output_replica_
  ReplicaId output_replica_ = 0;
  RouterBeliefs beliefs_;
  Shortlist near_;
  GaugeBoard gauges_;
  GaugeBoard control_gauges_;  ///< not active without a controller
};

}  // namespace pigou
