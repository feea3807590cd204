#include "routing/dynamo/choice.hpp"

#include <algorithm>
#include <cmath>

#include "routing/policy.hpp"

namespace pigou {

namespace {

double lowest_cost(const DynamoKvCost& cost, const RequestRow& row, const InstanceColumns& columns,
                   const PoolRow& pool) {
  double lowest = cost(row, columns, pool, 0);
  for (std::int64_t i = 1; i < columns.count; ++i)
    lowest = std::min(lowest, cost(row, columns, pool, i));
  return lowest;
}

}  // namespace

SeparableCost DynamoChoice::separable() const {
  const double one = 1 << 10;
  const double scale = terms_.prefill_load_scale * one;
  const double credit = terms_.overlap_score_credit * one;
  const bool exact =
      scale == std::floor(scale) && credit == std::floor(credit) && scale <= one * one;
  const bool plain = terms_.decode_active_request_weight == 0 && temperature_ == 0 &&
                     form_ == DynamoForm::kSum && terms_.overlap_score_credit <= 1;
  if (!exact || !plain) return {};
  SeparableCost cost;
  cost.prefill_weight = static_cast<std::int64_t>(scale * one);
  cost.block_weight = static_cast<std::int64_t>(one * one);
  cost.overlap_credit = static_cast<std::int64_t>(scale * credit);
  cost.shared_credit = static_cast<std::int64_t>(one * one);
  return cost;
}

DynamoChoice::Override::Override(DynamoChoice& choice, const RequestHints& hints)
    : choice_(choice),
      credit_(choice.terms_.overlap_score_credit),
      temperature_(choice.temperature_),
      on_(false) {
  const double credit = hints.own(RequestLabel::kOverlapCredit);
  const double temperature = hints.own(RequestLabel::kTemperature);
  on_ = choice.overrides_ && (credit >= 0 || temperature >= 0);
  if (!on_) return;
  if (credit >= 0) choice.terms_.overlap_score_credit = credit;
  if (temperature >= 0) choice.temperature_ = temperature;
}

DynamoChoice::Override::~Override() {
  choice_.terms_.overlap_score_credit = credit_;
  choice_.temperature_ = temperature_;
}

Declaration DynamoChoice::declares(const DynamoBooks& books, bool split, bool events,
                                   bool credited) const {
  static constexpr ColumnRead kSent{
      Column::kOverlapBlocks, "overlap_blocks", "blocks",
      "leading blocks of the prompt believed cached there, as it was sent them"};
  const auto declared = [&](const auto& cost) {
    DeclaredRule rule = scored(cost).declared();
    if (!events) rule.reads.add(kSent);
    return rule;
  };
  Declaration both;
  both.entry = with_entry_cost(!books.counts_prefill() && !split, declared);
  if (!split) return both;
  both.decode = temperature_ == 0 && !credited && terms_.decode_active_request_weight == 0
                    ? least_blocks_rule(Ties::kDrawn)
                    : declared(decode_cost(credited));
  return both;
}

std::uint32_t DynamoChoice::without_scan(RouterView& view, const FleetSide& side,
                                         const RequestRow& row, std::uint64_t draw) {
  if (!(terms_.overlap_score_credit_decay > 0)) return view.least_separable(draw);
  // Credit whole, a cost is at most as high: only those can be the best whose cost is then at most
  // the best one's own. Rounding is far below the margin, in blocks.
  constexpr double kMargin = 1e-6;
  InstanceShortlist near = view.near_least_separable(kMargin);
  if (near.instances.empty()) return kNoIndex;
  const PoolRow pool = reduce_pool(side.columns);
  DynamoKvCost bound{terms_};
  bound.terms.overlap_score_credit_decay = 0;
  const DynamoKvCost cost{terms_};
  const double decayed = lowest_cost(cost, row, near.columns, pool);
  const double above = decayed - lowest_cost(bound, row, near.columns, pool);
  if (above > 0) near = view.near_least_separable(above + kMargin);
  if (near.instances.empty()) return kNoIndex;
  const auto chosen = scorer_.choose(cost, ArgminChoice{}, row, near.columns, pool, draw);
  return near.instances[chosen.index];
}

std::uint32_t DynamoChoice::entry(RouterView& view, FleetSide side, const DynamoBooks& books,
                                  bool whole, std::uint64_t draw) {
  terms_.block_tokens = view.request().block_tokens;
  const Override own(*this, view.request().hints);
  if (own) whole = false;  // the trees know the router's own weights
  const bool noted = view.note() != nullptr;
  const RequestRow row = books.row(view.request());
  const std::uint32_t chosen = whole ? without_scan(view, side, row, draw) : kNoIndex;
  if (chosen != kNoIndex && !noted) return chosen;
  if (side.columns.overlap_blocks == nullptr) {
    view.measure_overlap();
    side.columns.overlap_blocks = view.entry().overlap_blocks;
    side.columns.shared_active_blocks = view.entry().shared_active_blocks;
  }
  if (tiers_.on()) tiers_.credit(view, side);
  PoolRow pool;
  if (terms_.overlap_score_credit_decay > 0) pool = reduce_pool(side.columns);
  const bool as_decode = !books.counts_prefill() && !view.split();
  return with_entry_cost(as_decode, [&](const auto& cost) {
    const std::uint32_t scan = choose_by(scored(cost), view, side, scorer_, row, draw, why(), pool);
    return chosen != kNoIndex ? chosen : scan;
  });
}

std::uint32_t DynamoChoice::decode(RouterView& view, FleetSide side, const DynamoBooks& books,
                                   bool whole, bool credited, std::uint64_t draw) {
  const Override own(*this, view.request().hints);
  // The cost then orders instances by active blocks and by nothing else.
  if (whole && !credited && temperature_ == 0 && terms_.decode_active_request_weight == 0)
    return least_loaded_decode(view, draw) - side.first;
  if (credited && tiers_.on()) tiers_.credit(view, side);
  DynamoDecodeCost cost = decode_cost(credited);
  cost.terms.block_tokens = view.request().block_tokens;
  return choose_by(scored(cost), view, side, scorer_, books.row(view.request()), draw, why());
}

/// Less credit for the overlap, or by load alone.
DynamoDecodeCost DynamoChoice::decode_cost(bool credited) const {
  DynamoDecodeCost cost;
  if (credited) cost.terms = terms_;
  cost.terms.decode_active_request_weight = terms_.decode_active_request_weight;
  return cost;
}

}  // namespace pigou
