// How Dynamo's policies score and pick, whatever surrounds that: the cost of one side, the lowest
// or a softmax draw, and what is noted of it. Sources: see dynamo_kv.cpp.
#pragma once

#include "routing/dynamo/books.hpp"
#include "routing/dynamo/tiers.hpp"
#include "routing/parts/scored_rule.hpp"

namespace pigou {

/// How prefill and decode terms make one cost.
enum class DynamoForm : std::uint8_t { kSum, kProduct };

struct DynamoCosting {
  DynamoTerms terms;
  double temperature = 0;
  DynamoForm form = DynamoForm::kSum;
  bool overrides = false;  ///< requests may bring their own credit and temperature, as hints
};

/// Scores one side and picks on it. `temperature` 0 takes the lowest cost, ties by the draw.
class DynamoChoice {
 public:
  DynamoChoice(const DynamoCosting& costing, const DynamoTiers& tiers)
      : terms_(costing.terms),
        temperature_(costing.temperature),
        form_(costing.form),
        overrides_(costing.overrides),
        tiers_(tiers) {}

  void set(const DynamoCosting& costing) {
    terms_ = costing.terms;
    temperature_ = costing.temperature;
  }
  /// The cost as load less credit in units of 2^-20 blocks, when it has that form, or with its
  /// credit decayed is bounded by that from below, and both integers and the functor's doubles hold
  /// it exactly; else all zero.
  SeparableCost separable() const;
  /// The entry instance for the open request, on a side whose loads are those of `books`. `whole`:
  /// the side is the view's own, with nobody hidden and nothing replaced, so that the view's trees
  /// may answer. Measures overlap if not.
  std::uint32_t entry(RouterView& view, FleetSide side, const DynamoBooks& books, bool whole,
                      std::uint64_t draw);
  /// The decode instance, index on its side, by load alone: prefill is not tracked there and
  /// ordinary P/D sets credit to zero and assumes no reuse. `credited`: less credit for the overlap
  /// in the side's columns, which have been measured.
  std::uint32_t decode(RouterView& view, FleetSide side, const DynamoBooks& books, bool whole,
                       bool credited, std::uint64_t draw);
  /// What is declared of both sides: `events` says whose belief the overlap is, `credited` whether
  /// decode workers get credit for it.
  Declaration declares(const DynamoBooks& books, bool split, bool events, bool credited) const;
  const DynamoTiers& tiers() const { return tiers_; }

 private:
  /// The open request's own credit and temperature, for as long as this lives. False: it has none.
  class Override {
   public:
    Override(DynamoChoice& choice, const RequestHints& hints);
    ~Override();
    Override(const Override&) = delete;
    Override& operator=(const Override&) = delete;
    explicit operator bool() const { return on_; }

   private:
    DynamoChoice& choice_;
    double credit_, temperature_;
    bool on_;
  };
  /// By the view's trees, the choice of the scan; kNoIndex where they cannot say.
  std::uint32_t without_scan(RouterView& view, const FleetSide& side, const RequestRow& row,
                             std::uint64_t draw);
  template <class Cost>
  ScoredRule<Cost> scored(const Cost& cost) const {
    return {.cost = cost, .ties = Ties::kDrawn, .temperature = temperature_};
  }
  DynamoDecodeCost decode_cost(bool credited) const;
  std::string_view why() const {
    return temperature_ > 0 ? "drawn by softmax over the costs" : "lowest cost";
  }
  /// The sum or the product; where prefill is not counted, Dynamo treats aggregated workers as it
  /// does decode workers.
  template <class Use>
  auto with_entry_cost(bool as_decode, Use use) const {
    if (form_ == DynamoForm::kProduct) return use(DynamoLmetricCost{terms_});
    return as_decode ? use(DynamoDecodeCost{terms_}) : use(DynamoKvCost{terms_});
  }

  DynamoTerms terms_;
  double temperature_;
  DynamoForm form_;
  bool overrides_;
  DynamoTiers tiers_;
  Scorer scorer_;
};

}  // namespace pigou
