// A cost and a choice as values: any of those that ship, for batches and for what policies declare.
#pragma once

#include <variant>

#include "kernels/choices_body.hpp"
#include "kernels/costs/list.hpp"

namespace pigou {

/// The costs of a list of rows `, Cost`, which begins with a comma.
template <class None, class... Costs>
struct CostVariant {
  using type = std::variant<Costs...>;
};
using AnyCost = CostVariant<void
#define PIGOU_COST(Cost, pass) , Cost
#include "kernels/costs/list.inc"
#undef PIGOU_COST
                            >::type;
using AnyChoice = std::variant<ArgminChoice, SoftmaxChoice>;

/// What the cost reads.
ColumnReads reads_of(const AnyCost& cost);

/// The first column that `reads` names and `columns` lacks; null: all are there.
const ColumnRead* missing_column(const ColumnReads& reads, const InstanceColumns& columns);
/// Throws InternalError with the name of one that is missing.
void require_columns(const ColumnReads& reads, const InstanceColumns& columns);

}  // namespace pigou
