#include "view/view.hpp"

#include <algorithm>
#include <memory>

namespace pigou {
namespace {

std::shared_ptr<const FleetShape> shape_of(const Cluster& cluster, bool decode_index) {
  auto shape = std::make_shared<FleetShape>();
  shape->entry_count = cluster.entry_instances();
  shape->believed_count = decode_index ? cluster.instances() : cluster.entry_instances();
  for (InstanceId i = 0; i < cluster.instances(); ++i) {
    const PoolConfig& pool = cluster.pool_of(i);
    shape->kv_blocks.push_back(static_cast<double>(pool.kv_blocks));
    shape->max_batched_tokens.push_back(pool.engine.max_num_batched_tokens);
    shape->prefill_s_per_token.push_back(pool.model.step.prefill_s_per_token);
  }
  return shape;
}

}  // namespace

View::View(const ViewNeeds& needs, Cluster& cluster, std::uint32_t replicas, std::uint64_t seed,
           const KvLossConfig& loss, const GaugeBoard::Schedule& control)
    : RouterView(shape_of(cluster, needs.decode_index)),
      needs_(needs),
      books_(replicas, fleet().entry_count, fleet().decode_count()),
      beliefs_(needs, fleet(), cluster, replicas, seed, loss),
      gauges_(needs, shared_fleet(), cluster, seed),
      control_gauges_(control, shared_fleet(), cluster) {}

InstanceColumns View::loads(Side side) const {
  InstanceColumns columns = books_.side(replica_, side);
  if (const std::int64_t* blocks = output_.columns())
    columns.active_blocks = blocks + (side == Side::kEntry ? 0 : fleet().entry_count);
  return columns;
}

void View::measure(const PathView& path, HeldBlocks& held) {
  refresh();
  const FleetShape& shape = fleet();
  if (held.overlap_blocks.size() != shape.count()) held.clear(shape.count());
  beliefs_.index(replica_).measure(path, held.overlap_blocks.data(),
                                   held.shared_active_blocks.data());
}

std::uint32_t View::least(const RequestView& request, std::uint64_t draw) {
  if (!beliefs_.has_trees(replica_)) return kNoIndex;
  refresh();
  return beliefs_.least(replica_, request, draw);
}

InstanceShortlist View::near_least(const RequestView& request, double above) {
  if (!beliefs_.has_trees(replica_)) return {};
  refresh();
  return near_.gather(beliefs_.near_least(replica_, request.path, above), books_, replica_);
}

void View::open(Cluster& cluster, const RequestView& request, ReplicaId replica, SimTime now) {
  begin(request);
  replica_ = replica;
  cluster_ = &cluster;
  beliefs_.open(replica, request.path, now);
  gauges_.bring_to(cluster, now);
}

/// Most notifications and choices of a decode side read no belief: it is paid for when it is read.
void View::bring_to_now() {
  // Delivering works out what runs have evicted by now; the ticks before come first.
  beliefs_.refresh(*cluster_, [this](InstanceId instance) {
    gauges_.before_reading(instance, *cluster_, beliefs_.now());
    control_gauges_.before_reading(instance, *cluster_, beliefs_.now());
  });
}

void View::close(Cluster& cluster, SimTime end) {
  cluster_ = &cluster;
  beliefs_.close(end);
  refresh();
}

std::uint32_t View::cached_tokens(InstanceId instance) {
  if (!hears_of(instance)) return 0;
  return static_cast<std::uint32_t>(overlap_on(instance)) * request().block_tokens;
}

std::uint32_t View::believed_tokens(InstanceId instance) {
  const auto most = static_cast<std::uint32_t>(request().row.input_tokens) - 1;
  return std::min(cached_tokens(instance), most / request().block_tokens * request().block_tokens);
}

Booking View::book_entry(InstanceId instance, std::int64_t believed) {
  const RequestView& asked = request();
  Booking booking;
  booking.instance = instance;
  booking.prefill_tokens =
      static_cast<std::uint32_t>(std::max<std::int64_t>(0, asked.row.input_tokens - believed));
  booking.blocks = static_cast<std::uint32_t>(asked.row.blocks);
  booking.shares = needs_.shared_active && instance < entry_count();
  for (std::size_t s = 0; booking.shares && s < asked.path.size(); ++s)
    booking.blocks -= asked.path.blocks(s);
  add(replica_, booking, asked.path);
  return booking;
}

Booking View::book_decode(ReplicaId replica, InstanceId instance, std::int64_t blocks) {
  Booking booking;
  booking.instance = instance;
  booking.blocks = static_cast<std::uint32_t>(blocks);
  add(replica, booking, {});
  return booking;
}

void View::add(ReplicaId replica, const Booking& booking, const PathView& path) {
  std::int64_t blocks = booking.blocks;
  if (booking.shares) blocks += beliefs_.add_active(replica, booking.instance, path);
  books_.add(replica, booking, blocks);
  load_changed(replica, booking.instance);
}

void View::prefill_done(ReplicaId replica, const Booking& booking) {
  books_.prefill_done(replica, booking);
  load_changed(replica, booking.instance);
}

void View::release(ReplicaId replica, const Booking& booking, const PathView& path) {
  std::int64_t blocks = booking.blocks;
  if (booking.shares) blocks += beliefs_.drop_active(replica, booking.instance, path);
  books_.release(replica, booking, blocks);
  load_changed(replica, booking.instance);
}

void View::add_output(const Booking& booking, const PathView& path, std::uint32_t output_blocks,
                      double share) {
  std::int64_t alone = booking.blocks;
  if (booking.shares && share != 1)
    alone += beliefs_.alone(output_replica_, booking.instance, path);
  output_.add(booking.instance, output_blocks, static_cast<double>(alone), share);
}

/// The trees of the entry side follow the books of their replica; the decode side's is in them.
void View::load_changed(ReplicaId replica, InstanceId instance) {
  if (instance >= entry_count() || !beliefs_.has_trees(replica)) return;
  beliefs_.load_changed(replica, instance, books_.available(replica, instance),
                        books_.active_prefill_tokens(replica)[instance],
                        books_.active_blocks(replica)[instance]);
}

}  // namespace pigou
