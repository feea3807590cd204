#include "routing/rendezvous.hpp"

#include <algorithm>

#include "core/clones.hpp"
#include "core/random.hpp"

namespace pigou {
namespace {

constexpr std::size_t kBlock = 64;

/// The largest hash of `key` with `size` ids. Instances that take no requests count as 0.
template <bool kAllEligible>
PIGOU_HD std::uint64_t largest_hash(const std::uint64_t* ids, const std::uint8_t* eligible,
                                    std::uint64_t key, std::size_t size) {
  std::uint64_t largest = 0;
  for (std::size_t i = 0; i < size; ++i) {
    std::uint64_t hash = mix64(key ^ ids[i]);
    if constexpr (!kAllEligible) hash = eligible[i] != 0 ? hash : 0;
    largest = hash > largest ? hash : largest;
  }
  return largest;
}

/// That of each block of instances; whole blocks apart from the rest, that their loop needs no
/// remainder.
template <bool kAllEligible>
PIGOU_HD void fill_most(const std::uint64_t* ids, const std::uint8_t* eligible, std::uint64_t key,
                        std::size_t count, std::uint64_t* most) {
  std::size_t first = 0;
  for (; first + kBlock <= count; first += kBlock)
    *most++ = largest_hash<kAllEligible>(ids + first, kAllEligible ? nullptr : eligible + first,
                                         key, kBlock);
  if (first < count)
    *most = largest_hash<kAllEligible>(ids + first, kAllEligible ? nullptr : eligible + first, key,
                                       count - first);
}

PIGOU_CLONES void fill_most_of(const std::uint64_t* ids, const std::uint8_t* eligible,
                               std::uint64_t key, std::size_t count, std::uint64_t* most) {
  if (eligible == nullptr)
    fill_most<true>(ids, eligible, key, count, most);
  else
    fill_most<false>(ids, eligible, key, count, most);
}

}  // namespace

Rendezvous::Rendezvous(std::uint32_t instances) {
  for (std::uint64_t function = 0; function < 2; ++function) {
    for (std::uint32_t i = 0; i < instances; ++i)
      ids_[function].push_back(mix64(i ^ mix64(function + 1)));
    most_[function].resize((instances + kBlock - 1) / kBlock);
  }
}

/// Plainly: the largest hash but that of `skip`. No two instances have the same.
std::uint32_t Rendezvous::winner(const Side& side, std::uint64_t key, int function,
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

/// The instance of the largest hash, from the blocks' largest.
std::uint32_t Rendezvous::find(const Side& side, std::uint64_t key, int function) const {
  const auto largest = std::ranges::max_element(most_[function]);
  const auto first = static_cast<std::uint32_t>(largest - most_[function].begin()) *
                     static_cast<std::uint32_t>(kBlock);
  for (std::uint32_t i = first; i < std::min<std::uint32_t>(first + kBlock, side.count()); ++i)
    if (side.usable(i) && mix64(key ^ ids_[function][i]) == *largest) return i;
  return winner(side, key, function, kNoIndex);  // the largest hash is 0
}

Rendezvous::Pair Rendezvous::winners(const Side& side, std::uint64_t key) {
  for (int function = 0; function < 2; ++function)
    fill_most_of(ids_[function].data(), side.columns.eligible, key, side.count(),
                 most_[function].data());
  Pair pair{find(side, key, 0), find(side, key, 1)};
  if (pair.second == pair.first) pair.second = winner(side, key, 1, pair.first);
  return pair;
}

}  // namespace pigou
