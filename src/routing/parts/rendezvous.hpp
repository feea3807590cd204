// Rendezvous hashing onto a fleet: the instance whose hash with the key is largest.
#pragma once

#include <cstdint>
#include <vector>

#include "core/load_ahead.hpp"
#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// Two winners per key: that of the first hash function, and that of the second among the others.
/// Hashes of all instances in one vectorised pass, of which the largest of each lane of each
/// stretch of instances is kept.
/// While all instances are usable, winners depend on the key alone: those of recent keys are
/// remembered.
class Rendezvous {
 public:
  explicit Rendezvous(std::uint32_t instances);

  struct Pair {
    std::uint32_t first = kNoIndex, second = kNoIndex;
  };
  /// Says that the winners of `key` may be asked for.
  void prefetch(std::uint64_t key) const { load_ahead(&known_[key & (known_.size() - 1)]); }
  /// Among the usable instances of `side`, of which there are two or more.
  Pair winners(const FleetSide& side, std::uint64_t key);

 private:
  /// A key and its winners among all instances.
  struct Known {
    std::uint64_t key = 0;
    Pair pair;
  };
  Pair search(const FleetSide& side, std::uint64_t key);
  std::uint32_t winner(const FleetSide& side, std::uint64_t key, int function,
                       std::uint32_t skip) const;
  std::uint32_t find(const FleetSide& side, std::uint64_t key, int function) const;

  std::vector<std::uint64_t> ids_[2];   ///< by hash function, an instance's share of the hash
  std::vector<std::uint64_t> most_[2];  ///< [stretch][lane], the largest hash, unfinished
  std::vector<std::uint64_t> stretch_most_[2];
  std::vector<Known> known_;  ///< by the low bits of the key, the last one asked for
};

}  // namespace pigou
