// How Dynamo's policies score and pick, whatever surrounds that: the cost of one side, the lowest
// or a softmax draw, and what is noted of it. Sources: see dynamo_kv.cpp.
#pragma once

#include "routing/side.hpp"

namespace pigou {

/// How prefill and decode terms make one cost.
enum class DynamoForm : std::uint8_t { kSum, kProduct };

/// Scores one side and picks on it. `temperature` 0 takes the lowest cost, ties by the draw.
class DynamoChoice {
 public:
  DynamoChoice(const DynamoTerms& terms, double temperature, DynamoForm form)
      : terms_(terms), temperature_(temperature), form_(form) {}

  /// The cost as load less credit in units of 2^-20 blocks, when it has that form and both
  /// integers and the functor's doubles hold it exactly; else all zero.
  SeparableCost separable() const;
  /// The entry instance for the open request. `whole`: the side is the view's own, with nobody
  /// hidden and no belief replaced, so that the view's trees may answer. Measures overlap if not.
  std::uint32_t entry(RouterView& view, Side side, bool whole, std::uint64_t draw);
  /// The decode instance, index on its side, by load alone: prefill is not tracked there and
  /// ordinary P/D sets credit to zero and assumes no reuse. `credited`: less credit for the overlap
  /// in the side's columns, which have been measured.
  std::uint32_t decode(RouterView& view, const Side& side, bool whole, bool credited,
                       std::uint64_t draw);

 private:
  template <class Cost>
  std::uint32_t pick(RouterView& view, const Side& side, const Cost& cost, const PoolRow& pool,
                     std::uint64_t draw);
  template <class Cost>
  void note(RouterView& view, const Side& side, const Cost& cost, const PoolRow& pool) const;
  template <class Use>
  auto with_entry_cost(Use use) const {
    return form_ == DynamoForm::kSum ? use(DynamoKvCost{terms_}) : use(DynamoLmetricCost{terms_});
  }

  DynamoTerms terms_;
  double temperature_;
  DynamoForm form_;
  Scorer scorer_;
};

}  // namespace pigou
