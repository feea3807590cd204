#include "view/view.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "core/error.hpp"

namespace pigou {
namespace {

/// Below this many entry instances a vectorised scan costs less than keeping trees.
constexpr std::uint32_t kSeparableFrom = 64;

/// Snapshots that are on their way to the routers are kept, those of every instance.
void check_under_way(std::int64_t of_one, std::uint32_t instances) {
  constexpr std::int64_t kMost = std::int64_t{1} << 25;  // about a gigabyte
  if (of_one <= kMost / std::max<std::int64_t>(1, instances)) return;
  throw UserError("too many snapshots would be under way at once",
                  std::to_string(of_one) + " of each instance, by the delay over the period",
                  "lower the delay or signals.age_s, or raise the period");
}

std::shared_ptr<const FleetShape> shape_of(const Cluster& cluster, bool decode_index) {
  auto shape = std::make_shared<FleetShape>();
  shape->entry_count = cluster.entry_instances();
  shape->believed_count = decode_index ? cluster.instances() : cluster.entry_instances();
  for (std::uint32_t i = 0; i < cluster.instances(); ++i) {
    const PoolConfig& pool = cluster.pool_of(i);
    shape->kv_blocks.push_back(static_cast<double>(pool.kv_blocks));
    shape->max_batched_tokens.push_back(pool.engine.max_num_batched_tokens);
    shape->prefill_s_per_token.push_back(pool.model.step.prefill_s_per_token);
  }
  return shape;
}

}  // namespace

View::View(const ViewNeeds& needs, Cluster& cluster, std::uint32_t replicas, std::uint64_t seed,
           const KvLossConfig& loss)
    : RouterView(shape_of(cluster, needs.decode_index)),
      needs_(needs),
      instances_(cluster.instances()),
      entry_(cluster.entry_instances()),
      indexed_(needs.decode_index ? instances_ : entry_) {
  const std::size_t columns = static_cast<std::size_t>(replicas) * instances_;
  active_requests_.assign(columns, 0);
  active_prefill_tokens_.assign(columns, 0);
  active_blocks_.assign(columns, 0);
  unavailable_.assign(replicas, {});
  beliefs_.resize(replicas);
  for (Belief& belief : beliefs_) {
    belief.index = PrefixIndex(indexed_);
    belief.decode_load = LoadTree(std::max(1U, instances_ - entry_));
  }
  if (may_have_trees(needs)) grow_trees(needs.separable, cluster.pool_of(0).engine.block_tokens);
  if (needs.prefix_index) {
    const SimTime latency = from_seconds(needs.kv_event_latency_s, "router.kv_event_latency_s");
    feed_ = loss.probability > 0
                ? KvFeed(indexed_, latency, KvLoss(loss, indexed_, replicas, latency, seed))
                : KvFeed(indexed_, latency);
    cluster.record_kv_events(indexed_);
  }
  if (needs.snapshot_period_s > 0) {
    cluster.publish_gauges();
    if (needs.adapter_gauges) adapter_words_ = cluster.adapters().words();
    const SimTime period = from_seconds(needs.snapshot_period_s, "router.snapshot_period_s");
    const SimTime delay = from_seconds(needs.snapshot_delay_s, "router.snapshot_delay_s");
    check_under_way(delay.ps / period.ps, instances_);
    snapshot_ = StalenessRing(instances_, period, delay, seed, needs.snapshot_polled,
                              static_cast<std::uint32_t>(2 * adapter_words_));
  }
  const std::size_t seen = needs.snapshot_period_s > 0 ? instances_ : 0;
  seen_running_.assign(seen, 0);
  seen_waiting_.assign(seen, 0);
  seen_kv_usage_.assign(seen, 0);
  seen_tick_.assign(seen, -1);
  if (seen > 0)
    seen_changes_.assign(
        GaugeColumns::blocks_of(entry_) + GaugeColumns::blocks_of(instances_ - entry_), 0);
  seen_adapters_.assign(2 * seen * adapter_words_, 0);
  seen_named_.assign(seen, 0);
  seen_most_.assign(seen, 0);
}

bool View::may_have_trees(const ViewNeeds& needs) const {
  if (!needs.separable.any() || entry_ < kSeparableFrom || indexed_ != entry_) return false;
  if (!needs.separable.times_prefill_rate) return true;
  const double rate = fleet().prefill_s_per_token[0];
  const auto first = fleet().prefill_s_per_token.begin();
  return rate > 0 &&
         std::all_of(first, first + entry_, [=](double other) { return other == rate; });
}

/// Everything times the block size keeps prefill tokens whole. Costs in blocks are exact in
/// doubles, and so equal to these, for powers of two only.
void View::grow_trees(SeparableCost cost, std::int64_t block_tokens) {
  if (!std::has_single_bit(static_cast<std::uint64_t>(block_tokens))) return;
  cost.block_weight *= block_tokens;
  cost.overlap_credit *= block_tokens;
  cost.shared_credit *= block_tokens;
  for (Belief& belief : beliefs_) belief.separable = SeparableChoice(cost, entry_);
}

void View::start_output(std::uint32_t replica) {
  output_replica_ = replica;
  const auto first = active_blocks_.begin() + static_cast<std::ptrdiff_t>(column(replica, 0));
  output_sums_.assign(first, first + instances_);
  blocks_and_output_.resize(instances_);
}

void View::add_output(const Booking& booking, const PathView& path, std::uint32_t output_blocks,
                      double share) {
  double& sum = output_sums_[booking.instance];
  sum += output_blocks * share;
  if (share == 1) return;
  auto alone = static_cast<double>(booking.blocks);
  const PrefixIndex& index = beliefs_[output_replica_].index;
  // Whoever shares a segment shares all before it.
  for (std::size_t s = path.size(); booking.shares && s-- > 0;) {
    if (index.active(path.segment(s), booking.instance) != 1) break;
    alone += path.blocks(s);
  }
  sum += alone * (share - 1);
}

void View::end_output() {
  for (std::uint32_t i = 0; i < instances_; ++i)
    blocks_and_output_[i] = std::llround(output_sums_[i]);
}

InstanceColumns View::loads(Side side) const {
  const std::uint32_t skipped = side == Side::kEntry ? 0 : entry_;
  const std::size_t first = column(skipped);
  InstanceColumns columns;
  columns.active_prefill_tokens = active_prefill_tokens_.data() + first;
  columns.active_blocks = shown_blocks() + skipped;
  columns.active_requests = active_requests_.data() + first;
  if (unavailable_[replica_][static_cast<std::size_t>(side)] > 0)
    columns.eligible = eligible_.data() + first;
  return columns;
}

InstanceShortlist View::near_least(const RequestView& request, double above) {
  Belief& belief = beliefs_[replica_];
  if (!belief.separable.active()) return {};
  refresh();
  const auto near = belief.separable.near_least(request.path, belief.index, above);
  near_.clear();
  for (const PrefixIndex::Standout& instance : near) {
    const std::size_t at = column(instance.instance);
    near_.instances.push_back(instance.instance);
    near_.active_prefill_tokens.push_back(active_prefill_tokens_[at]);
    near_.active_blocks.push_back(active_blocks_[at]);
    near_.active_requests.push_back(active_requests_[at]);
    near_.overlap.push_back(instance.overlap);
    near_.shared.push_back(instance.shared);
  }
  InstanceShortlist shortlist{near_.instances, {}};
  shortlist.columns.count = static_cast<std::int64_t>(near.size());
  shortlist.columns.active_prefill_tokens = near_.active_prefill_tokens.data();
  shortlist.columns.active_blocks = near_.active_blocks.data();
  shortlist.columns.active_requests = near_.active_requests.data();
  shortlist.columns.overlap_blocks = near_.overlap.data();
  shortlist.columns.shared_active_blocks = near_.shared.data();
  return shortlist;
}

void View::open(Cluster& cluster, const RequestView& request, std::uint32_t replica, SimTime now) {
  begin(request);
  replica_ = replica;
  now_ = now;
  cluster_ = &cluster;
  fresh_ = !feed_.active();
  if (!fresh_) beliefs_[replica].index.prefetch(request.path);
  if (!snapshot_.active()) return;
  snapshot_.for_arrived(
      now, [&](std::uint32_t i) { see(i); }, [&](std::uint32_t i) { cluster.prefetch_run(i); });
}

/// A newer snapshot of `instance` has arrived.
void View::see(std::uint32_t i) {
  snapshot_.catch_up(i, *cluster_, now_);
  const Gauges seen = snapshot_.read(i, now_);
  const double kv_usage = seen.used_blocks / kv_blocks(i);
  if (seen.running != seen_running_[i] || seen.waiting != seen_waiting_[i] ||
      kv_usage != seen_kv_usage_[i])
    gauges_changed(i);
  seen_running_[i] = seen.running;
  seen_waiting_[i] = seen.waiting;
  seen_kv_usage_[i] = kv_usage;
  seen_tick_[i] = snapshot_.tick_seen(i, now_);
  if (adapter_words_ == 0) return;
  const auto sets = snapshot_.read_adapters(i, now_);
  std::ranges::copy(sets, &seen_adapters_[2 * i * adapter_words_]);
  seen_named_[i] = 0;
  for (const std::uint64_t word : sets)
    seen_named_[i] += static_cast<std::uint32_t>(std::popcount(word));
  seen_most_[i] = cluster_->max_loras(i);
}

void View::gauges_changed(std::uint32_t i) {
  const std::size_t block =
      i < entry_ ? i / GaugeColumns::kGaugeBlock
                 : GaugeColumns::blocks_of(entry_) + (i - entry_) / GaugeColumns::kGaugeBlock;
  seen_changes_[block] = ++gauge_changes_;
}

/// Most notifications and choices of a decode side read no belief: it is paid for when it is read.
void View::bring_to_now() {
  fresh_ = true;
  // Delivering works out what runs have evicted by now; the ticks before come first.
  feed_.deliver(now_, *cluster_, beliefs_, [this](std::uint32_t instance) {
    if (snapshot_.active()) snapshot_.catch_up(instance, *cluster_, now_);
  });
}

void View::close(Cluster& cluster, SimTime end) {
  cluster_ = &cluster;
  now_ = std::max(now_, end);
  if (feed_.active()) bring_to_now();
}

void View::measure(const PathView& path, HeldBlocks& held) {
  refresh();
  if (held.overlap_blocks.size() != instances_ || indexed_ < instances_) held.clear(instances_);
  beliefs_[replica_].index.measure(path, held.overlap_blocks.data(),
                                   held.shared_active_blocks.data());
}

GaugeColumns View::gauge_columns() {
  GaugeColumns columns;
  if (!snapshot_.active()) return columns;
  columns = {seen_running_.data(), seen_waiting_.data(), seen_kv_usage_.data(), seen_tick_.data(),
             seen_changes_.data()};
  if (adapter_words_ > 0)
    columns.adapters = {seen_adapters_.data(), seen_named_.data(), seen_most_.data(),
                        adapter_words_};
  return columns;
}

std::uint32_t View::cached_tokens(std::uint32_t instance) {
  if (!hears_of(instance)) return 0;
  return static_cast<std::uint32_t>(overlap_on(instance)) * request().block_tokens;
}

std::uint32_t View::believed_tokens(std::uint32_t instance) {
  const auto most = static_cast<std::uint32_t>(request().row.input_tokens) - 1;
  return std::min(cached_tokens(instance), most / request().block_tokens * request().block_tokens);
}

Booking View::book_entry(std::uint32_t instance, std::int64_t believed) {
  Booking booking;
  booking.instance = instance;
  booking.prefill_tokens =
      static_cast<std::uint32_t>(std::max<std::int64_t>(0, request().row.input_tokens - believed));
  booking.blocks = static_cast<std::uint32_t>(request().row.blocks);
  booking.shares = needs_.shared_active && instance < entry_;
  const PathView& path = request().path;
  for (std::size_t s = 0; booking.shares && s < path.size(); ++s) booking.blocks -= path.blocks(s);
  add(replica_, booking, path);
  return booking;
}

Booking View::book_decode(std::uint32_t replica, std::uint32_t instance, std::int64_t blocks) {
  Booking booking;
  booking.instance = instance;
  booking.blocks = static_cast<std::uint32_t>(blocks);
  add(replica, booking, {});
  return booking;
}

void View::add(std::uint32_t replica, const Booking& booking, const PathView& path) {
  const std::size_t at = column(replica, booking.instance);
  Belief& belief = beliefs_[replica];
  for (std::size_t s = 0; booking.shares && s < path.size(); ++s) {
    if (!belief.index.add_active(path.segment(s), booking.instance)) continue;
    active_blocks_[at] += path.blocks(s);
    if (belief.separable.active())
      belief.separable.touch(path.segment(s), booking.instance, belief.index);
  }
  active_blocks_[at] += booking.blocks;
  active_prefill_tokens_[at] += booking.prefill_tokens;
  ++active_requests_[at];
  load_changed(replica, booking.instance);
}

/// The trees follow the columns of the router replica they are kept for.
void View::load_changed(std::uint32_t replica, std::uint32_t instance) {
  const std::size_t at = column(replica, instance);
  Belief& belief = beliefs_[replica];
  if (instance >= entry_)
    belief.decode_load.set(instance - entry_,
                           available(replica, instance) ? active_blocks_[at] : kUnavailableLoad);
  else if (!belief.separable.active())
    return;
  else if (available(replica, instance))
    belief.separable.set_load(instance, active_prefill_tokens_[at], active_blocks_[at]);
  else
    belief.separable.set_unavailable(instance);
}

void View::set_available(std::uint32_t replica, std::uint32_t instance, bool available) {
  if (eligible_.empty()) eligible_.assign(active_requests_.size(), 1);
  std::uint8_t& eligible = eligible_[column(replica, instance)];
  if ((eligible != 0) == available) return;
  eligible = available ? 1 : 0;
  unavailable_[replica][instance < entry_ ? 0 : 1] += available ? UINT32_MAX : 1;
  load_changed(replica, instance);
}

void View::prefill_done(std::uint32_t replica, const Booking& booking) {
  active_prefill_tokens_[column(replica, booking.instance)] -= booking.prefill_tokens;
  load_changed(replica, booking.instance);
}

void View::release(std::uint32_t replica, const Booking& booking, const PathView& path) {
  const std::size_t at = column(replica, booking.instance);
  Belief& belief = beliefs_[replica];
  active_prefill_tokens_[at] -= booking.prefill_tokens;
  active_blocks_[at] -= booking.blocks;
  --active_requests_[at];
  for (std::size_t s = 0; booking.shares && s < path.size(); ++s) {
    if (!belief.index.drop_active(path.segment(s), booking.instance)) continue;
    active_blocks_[at] -= path.blocks(s);
    if (belief.separable.active())
      belief.separable.touch(path.segment(s), booking.instance, belief.index);
  }
  load_changed(replica, booking.instance);
}

}  // namespace pigou
