// The cache_aware rule of SMG and SGLang's gateway on one side of a fleet: shortest queue while
// loads are uneven, else the worker whose believed cache matches best, else a fallback.
#pragma once

#include "routing/gateways/text_tree.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/load_spread.hpp"
#include "routing/parts/lowest_counts.hpp"
#include "routing/policy.hpp"

namespace pigou {

struct CacheAwareSettings {
  TreeKind kind = TreeKind::kSmg;
  // 32-bit, as in the real ones: 0.3 has another value there, and a match may equal it.
  float cache_threshold = 0.3F;
  std::int64_t balance_abs_threshold = 64;
  float balance_rel_threshold = 1.5F;
  double eviction_interval_s = 120;
  std::int64_t max_tree_size = 0;
  double chars_per_token = 4;
};

/// One gateway's state for one side: its tree, and what it has counted.
class CacheAwareSide {
 public:
  CacheAwareSide(const CacheAwareSettings& settings, std::uint32_t workers,
                 const RandomStream& stream);

  /// Whether the loads are uneven: most - least > abs and most > rel * least.
  bool imbalanced(const FleetSide& side);
  /// The worker for the open request; index on this side. `pressed`: imbalanced for another reason
  /// than load. `clock` is the gateway's logical time.
  std::uint32_t choose(RouterView& view, const FleetSide& side, const Decision& decision,
                       bool pressed, std::uint64_t& clock, bool noted);
  /// Counts a request sent to worker `i` by a rule of the policy's own.
  void count_processed(std::uint32_t i) { processed_.add(i, 1); }
  /// What of the open request the last choice believes its worker has cached.
  std::int64_t believed_tokens() const { return believed_tokens_; }
  const TextTree& tree() const { return tree_; }
  /// The worker with the fewest requests in flight, ties as the real one breaks them.
  std::uint32_t least_loaded(RouterView& view, const FleetSide& side, std::string_view rule);

 private:
  bool uneven() const;
  std::uint32_t least_measured(RouterView& view, const FleetSide& side, std::string_view rule);
  std::uint32_t smallest_tree(RouterView& view, const FleetSide& side, std::string_view rule);
  static std::int64_t belief(const RequestView& request, const PromptText& text,
                             std::uint32_t held_letters);
  void note_beliefs(RouterView& view, const FleetSide& side, const PromptText& text,
                    const TextTree::Match& match) const;
  void keep_house(const FleetSide& side, SimTime now);

  CacheAwareSettings settings_;
  SimTime interval_;
  SimTime next_eviction_;
  TextTree tree_;
  LowestCounts processed_;                ///< requests sent to each worker by rule
  std::vector<std::uint8_t> registered_;  ///< workers ever seen available
  std::uint32_t unregistered_ = 0;
  std::int64_t believed_tokens_ = 0;
  LoadSpread spread_;
  Scorer scorer_;
};

}  // namespace pigou
