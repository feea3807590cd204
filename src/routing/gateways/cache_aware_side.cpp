#include "routing/gateways/cache_aware_side.hpp"

#include <algorithm>

namespace pigou {

CacheAwareSide::CacheAwareSide(const CacheAwareSettings& settings, std::uint32_t workers,
                               const RandomStream& stream)
    : settings_(settings),
      interval_(from_seconds(settings.eviction_interval_s, "router.eviction_interval_s")),
      next_eviction_(interval_),
      tree_(settings.kind, workers, stream),
      processed_(workers),
      registered_(workers, 0),
      unregistered_(workers) {}

bool CacheAwareSide::uneven() const {
  return spread_.most() - spread_.least() > settings_.balance_abs_threshold &&
         static_cast<float>(spread_.most()) >
             static_cast<float>(spread_.least()) * settings_.balance_rel_threshold;
}

bool CacheAwareSide::imbalanced(const FleetSide& side) {
  spread_.measure(side.columns);
  return uneven();
}

/// Registers workers as they come up, and evicts at every multiple of the interval that has passed.
/// Nobody looks at the tree in between, so one eviction does for all.
void CacheAwareSide::keep_house(const FleetSide& side, SimTime now) {
  for (std::uint32_t i = 0; unregistered_ > 0 && i < side.count(); ++i) {
    if (registered_[i] != 0 || !side.usable(i)) continue;
    registered_[i] = 1;
    --unregistered_;
  }
  if (interval_.ps <= 0 || now < next_eviction_) return;
  tree_.evict(settings_.max_tree_size);
  next_eviction_ = {(now.ps / interval_.ps + 1) * interval_.ps};
}

std::uint32_t CacheAwareSide::least_loaded(RouterView& view, const FleetSide& side,
                                           std::string_view rule) {
  if (view.note() == nullptr) spread_.measure(side.columns);
  return least_measured(view, side, rule);
}

/// SMG breaks ties by requests processed, then index; SGLang takes the first. Only a note needs
/// every candidate's cost.
std::uint32_t CacheAwareSide::least_measured(RouterView& view, const FleetSide& side,
                                             std::string_view rule) {
  const bool first_of_equals = settings_.kind == TreeKind::kSglang2025;
  if (view.note() == nullptr)
    return first_of_equals ? spread_.first_least(side.columns)
                           : spread_.first_least(side.columns, processed_);
  if (first_of_equals) return least_cost(view, side, scorer_, LeastOutstandingCost{}, 0, rule);
  FleetSide counted = side;
  counted.columns.own_counts = processed_.all().data();
  return least_cost(view, counted, scorer_, LeastOutstandingThenOwnCost{}, 0, rule);
}

/// The worker with the fewest characters in the tree, first of equals, healthy or not.
std::uint32_t CacheAwareSide::smallest_tree(RouterView& view, const FleetSide& side,
                                            std::string_view rule) {
  if (unregistered_ == 0 && view.note() == nullptr) return tree_.smallest_tenant();
  FleetSide counted = side;
  counted.columns.own_counts = tree_.chars().data();
  counted.columns.eligible = unregistered_ == 0 ? nullptr : registered_.data();
  return least_cost(view, counted, scorer_, LeastOwnCountCost{}, 0, rule);
}

/// In whole engine blocks, and never the last token, as an engine could use it at best: what is
/// left of the difference from its hit is the tree's error.
std::int64_t CacheAwareSide::belief(const RequestView& request, const PromptText& text,
                                    std::uint32_t held_letters) {
  const bool whole = held_letters > text.blocks.size();
  const std::int64_t held = whole ? text.tokens : held_letters * text.block_tokens;
  return std::min(text.tokens - 1, held) / request.block_tokens * request.block_tokens;
}

/// Before the tree learns of the choice.
void CacheAwareSide::note_beliefs(RouterView& view, const FleetSide& side, const PromptText& text,
                                  const TextTree::Match& match) const {
  note_belief(view, side, [&](std::uint32_t i) {
    return belief(view.request(), text, tree_.held_letters(match, i));
  });
}

std::uint32_t CacheAwareSide::choose(RouterView& view, const FleetSide& side,
                                     const Decision& decision, bool pressed, std::uint64_t& clock,
                                     bool noted) {
  keep_house(side, decision.time);
  const auto rule = [&](std::string_view name) { return noted ? name : std::string_view(); };
  const PromptText text(view.request(), decision.request, settings_.chars_per_token);
  const std::int64_t now_ms = decision.time.ps / kPsPerMillisecond;
  const auto send = [&](const TextTree::Match& match, std::uint32_t chosen) {
    tree_.expect(match, chosen);
    note_beliefs(view, side, text, match);
    const std::uint32_t held = tree_.insert(text, chosen, now_ms, clock, match);
    believed_tokens_ = belief(view.request(), text, held);
    processed_.add(chosen, 1);
    return chosen;
  };
  spread_.measure(side.columns);
  if (pressed || uneven())
    return send(tree_.find(text), least_measured(view, side, rule("imbalance: least load")));
  const TextTree::Match match = tree_.match(text, now_ms, clock);
  const auto matched = static_cast<float>(text.chars(match.letters));
  std::uint32_t chosen = match.tenant;
  if (matched / static_cast<float>(text.chars()) > settings_.cache_threshold) {
    note_rule(view, rule("affinity: the tenant of the deepest match"));
    note_candidate(view, side, chosen, -static_cast<double>(matched));
  } else if (settings_.kind == TreeKind::kSglang2025) {
    chosen = smallest_tree(view, side, rule("miss: smallest tree"));
  } else {
    chosen = least_measured(view, side, rule("miss: least load"));
  }
  if (!side.usable(chosen)) {
    // The tree does not learn of it, nor does the worker's count.
    note_rule(view, rule("chosen worker is gone: the first healthy"));
    const std::uint32_t first = first_usable(side);
    if (noted) note_candidate(view, side, first, 0);
    note_beliefs(view, side, text, match);
    believed_tokens_ = belief(view.request(), text, tree_.held_letters(match, first));
    return first;
  }
  return send(match, chosen);
}

}  // namespace pigou
