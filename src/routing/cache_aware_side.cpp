#include "routing/cache_aware_side.hpp"

#include <algorithm>

namespace pigou {

CacheAwareSide::CacheAwareSide(const CacheAwareSettings& settings, std::uint32_t workers,
                               const RandomStream& stream)
    : settings_(settings),
      interval_(from_seconds(settings.eviction_interval_s, "router.eviction_interval_s")),
      next_eviction_(interval_),
      tree_(settings.kind, workers, stream),
      processed_(workers, 0),
      registered_(workers, 0),
      unregistered_(workers) {}

bool CacheAwareSide::imbalanced(const LoadSummary& load) const {
  return load.most - load.least > settings_.balance_abs_threshold &&
         static_cast<float>(load.most) >
             static_cast<float>(load.least) * settings_.balance_rel_threshold;
}

/// Registers workers as they come up, and evicts at every multiple of the interval that has passed.
/// Nobody looks at the tree in between, so one eviction does for all.
void CacheAwareSide::keep_house(const Side& side, SimTime now) {
  for (std::uint32_t i = 0; unregistered_ > 0 && i < side.count(); ++i) {
    if (registered_[i] != 0 || !side.usable(i)) continue;
    registered_[i] = 1;
    --unregistered_;
  }
  if (interval_.ps <= 0 || now < next_eviction_) return;
  tree_.evict(settings_.max_tree_size);
  next_eviction_ = {(now.ps / interval_.ps + 1) * interval_.ps};
}

/// SMG breaks ties by requests processed, then index; SGLang takes the first.
std::uint32_t CacheAwareSide::least_loaded(RouterView& view, const Side& side,
                                           std::string_view rule) {
  if (settings_.kind == TreeKind::kSglang2025)
    return least_cost(view, side, scorer_, LeastOutstandingCost{}, 0, rule);
  Side counted = side;
  counted.columns.own_counts = processed_.data();
  return least_cost(view, counted, scorer_, LeastOutstandingThenOwnCost{}, 0, rule);
}

/// The worker with the fewest characters in the tree, first of equals, healthy or not.
std::uint32_t CacheAwareSide::smallest_tree(RouterView& view, const Side& side,
                                            std::string_view rule) {
  Side counted = side;
  counted.columns.own_counts = tree_.chars().data();
  counted.columns.eligible = unregistered_ == 0 ? nullptr : registered_.data();
  return least_cost(view, counted, scorer_, LeastOwnCountCost{}, 0, rule);
}

/// In whole engine blocks, and never the last token, as an engine could use it at best: what is
/// left of the difference from its hit is the tree's error.
std::int64_t CacheAwareSide::belief(const RequestView& request, const PromptText& text,
                                    const TextTree::Match& match, std::uint32_t worker) const {
  const std::uint32_t letters = tree_.held_letters(match, worker);
  const bool whole = letters > text.blocks.size();
  const std::int64_t held = whole ? text.tokens : letters * text.block_tokens;
  return std::min(text.tokens - 1, held) / request.block_tokens * request.block_tokens;
}

void CacheAwareSide::believe(RouterView& view, const Side& side, const PromptText& text,
                             const TextTree::Match& match, std::uint32_t chosen) {
  believed_tokens_ = belief(view.request(), text, match, chosen);
  note_belief(view, side, [&](std::uint32_t i) { return belief(view.request(), text, match, i); });
}

std::uint32_t CacheAwareSide::choose(RouterView& view, const Side& side, const Decision& decision,
                                     bool pressed, std::uint64_t& clock, bool noted) {
  keep_house(side, decision.time);
  const auto rule = [&](std::string_view name) { return noted ? name : std::string_view(); };
  const PromptText text(view.request(), decision.request, settings_.chars_per_token);
  const std::int64_t now_ms = decision.time.ps / kPsPerMillisecond;
  if (pressed || imbalanced(summarise_load(side.columns))) {
    const std::uint32_t chosen = least_loaded(view, side, rule("imbalance: least load"));
    const TextTree::Match found = tree_.find(text);
    tree_.expect(found, chosen);
    believe(view, side, text, found, chosen);
    tree_.insert(text, chosen, now_ms, clock, &found);
    ++processed_[chosen];
    return chosen;
  }
  const TextTree::Match match = tree_.match(text, now_ms, clock);
  const auto matched = static_cast<float>(text.chars(match.letters));
  std::uint32_t chosen = match.tenant;
  if (matched / static_cast<float>(text.chars()) > settings_.cache_threshold) {
    note_rule(view, rule("affinity: the tenant of the deepest match"));
    note_candidate(view, side, chosen, -static_cast<double>(matched));
  } else if (settings_.kind == TreeKind::kSglang2025) {
    chosen = smallest_tree(view, side, rule("miss: smallest tree"));
  } else {
    chosen = least_loaded(view, side, rule("miss: least load"));
  }
  if (!side.usable(chosen)) {
    // The tree does not learn of it, nor does the worker's count.
    note_rule(view, rule("chosen worker is gone: the first healthy"));
    const std::uint32_t first = first_usable(side);
    if (noted) note_candidate(view, side, first, 0);
    believe(view, side, text, match, first);
    return first;
  }
  tree_.expect(match, chosen);
  believe(view, side, text, match, chosen);
  tree_.insert(text, chosen, now_ms, clock, &match);
  ++processed_[chosen];
  return chosen;
}

}  // namespace pigou
