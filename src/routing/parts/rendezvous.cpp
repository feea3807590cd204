#include "routing/parts/rendezvous.hpp"

#include <algorithm>
#include <bit>

#include "core/random_stream.hpp"
#include "core/vector_versions.hpp"

namespace pigou {
namespace {

/// Instances i, i + kLanes, i + 2 kLanes and so on share a lane, as far as the stretch goes.
constexpr std::size_t kLanes = 64;
constexpr std::size_t kStretch = 8 * kLanes;
/// Places for winners per instance: about the prefixes an instance serves.
constexpr std::size_t kKnownPerInstance = 16;

constexpr unsigned kUndecidedBits = 33;

/// Raises each lane to the hashes, begun by begin_mix64, of `size` instances, or begins with them.
/// Those that take no requests count as 0.
template <bool kAllEligible, bool kBegins = false>
PIGOU_HD void raise_lanes(const std::uint64_t* ids, const std::uint8_t* eligible, std::uint64_t key,
                          std::size_t size, std::uint64_t* __restrict lanes) {
  for (std::size_t i = 0; i < size; ++i) {
    std::uint64_t hash = begin_mix64(key ^ ids[i]);
    if constexpr (!kAllEligible) hash = eligible[i] != 0 ? hash : 0;
    lanes[i] = kBegins || hash > lanes[i] ? hash : lanes[i];
  }
}

/// Whole rows of lanes apart from the rest, that their loop needs no remainder. Lanes, not blocks:
/// nothing is added up across a vector. Returns the largest of all.
template <bool kAllEligible>
PIGOU_HD std::uint64_t fill_lanes(const std::uint64_t* ids, const std::uint8_t* eligible,
                                  std::uint64_t key, std::size_t count,
                                  std::uint64_t* __restrict most) {
  std::uint64_t lanes[kLanes];
  std::size_t first = 0;
  if (count >= kLanes) {
    raise_lanes<kAllEligible, true>(ids, eligible, key, kLanes, lanes);
    first = kLanes;
  } else {
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = 0;
  }
  for (; first + kLanes <= count; first += kLanes)
    raise_lanes<kAllEligible>(ids + first, kAllEligible ? nullptr : eligible + first, key, kLanes,
                              lanes);
  raise_lanes<kAllEligible>(ids + first, kAllEligible ? nullptr : eligible + first, key,
                            count - first, lanes);
  std::uint64_t all = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    most[lane] = lanes[lane];
    all = lanes[lane] > all ? lanes[lane] : all;
  }
  return all;
}

template <bool kAllEligible>
PIGOU_HD void fill_stretches(const std::uint64_t* ids, const std::uint8_t* eligible,
                             std::uint64_t key, std::size_t count, std::uint64_t* most,
                             std::uint64_t* stretch_most) {
  for (std::size_t first = 0; first < count; first += kStretch) {
    const std::uint8_t* usable = kAllEligible ? nullptr : eligible + first;
    const std::size_t left = count - first;
    *stretch_most++ =
        fill_lanes<kAllEligible>(ids + first, usable, key, left < kStretch ? left : kStretch, most);
    most += kLanes;
  }
}

PIGOU_VECTOR_VERSIONS void fill_most_of(const std::uint64_t* ids, const std::uint8_t* eligible,
                                        std::uint64_t key, std::size_t count, std::uint64_t* most,
                                        std::uint64_t* stretch_most) {
  if (eligible == nullptr)
    fill_stretches<true>(ids, eligible, key, count, most, stretch_most);
  else
    fill_stretches<false>(ids, eligible, key, count, most, stretch_most);
}

}  // namespace

Rendezvous::Rendezvous(std::uint32_t instances)
    : known_(std::bit_ceil(kKnownPerInstance * std::max<std::size_t>(1, instances))) {
  for (std::uint64_t function = 0; function < 2; ++function) {
    for (std::uint32_t i = 0; i < instances; ++i)
      ids_[function].push_back(mix64(i ^ mix64(function + 1)));
    stretch_most_[function].resize((instances + kStretch - 1) / kStretch);
    most_[function].resize(stretch_most_[function].size() * kLanes);
  }
}

/// Plainly: the largest hash but that of `skip`. No two instances have the same.
std::uint32_t Rendezvous::winner(const FleetSide& side, std::uint64_t key, int function,
                                 std::uint32_t skip) const {
  std::uint32_t best = kNoIndex;
  std::uint64_t most = 0;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    if (!side.usable(i) || i == skip) continue;
    const std::uint64_t hash = mix64(key ^ ids_[function][i]);
    if (best != kNoIndex && hash < most) continue;
    best = i, most = hash;
  }
  return best;
}

/// The instance of the largest hash, from the lanes that may have it: all but one in billions of
/// keys leave one.
std::uint32_t Rendezvous::find(const FleetSide& side, std::uint64_t key, int function) const {
  const std::vector<std::uint64_t>& of_stretch = stretch_most_[function];
  const std::uint64_t upper = *std::ranges::max_element(of_stretch) >> kUndecidedBits;
  std::uint32_t best = kNoIndex;
  std::uint64_t most = 0;
  const auto look_into = [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; i += kLanes) {
      const std::uint64_t hash = mix64(key ^ ids_[function][i]);
      if (!side.usable(static_cast<std::uint32_t>(i)) || (best != kNoIndex && hash < most))
        continue;
      best = static_cast<std::uint32_t>(i);
      most = hash;
    }
  };
  for (std::size_t stretch = 0; stretch < of_stretch.size(); ++stretch) {
    if (of_stretch[stretch] >> kUndecidedBits != upper) continue;
    const std::size_t first = stretch * kStretch;
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      if (most_[function][stretch * kLanes + lane] >> kUndecidedBits == upper)
        look_into(first + lane, std::min<std::size_t>(first + kStretch, side.count()));
  }
  return best;
}

Rendezvous::Pair Rendezvous::winners(const FleetSide& side, std::uint64_t key) {
  if (side.columns.eligible != nullptr) return search(side, key);
  Known& known = known_[key & (known_.size() - 1)];
  if (known.key != key || known.pair.first == kNoIndex) known = {key, search(side, key)};
  return known.pair;
}

Rendezvous::Pair Rendezvous::search(const FleetSide& side, std::uint64_t key) {
  for (int function = 0; function < 2; ++function)
    fill_most_of(ids_[function].data(), side.columns.eligible, key, side.count(),
                 most_[function].data(), stretch_most_[function].data());
  Pair pair{find(side, key, 0), find(side, key, 1)};
  if (pair.second == pair.first) pair.second = winner(side, key, 1, pair.first);
  return pair;
}

}  // namespace pigou
