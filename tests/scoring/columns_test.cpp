// What a cost reads is what it says, and a batch without it is an error with the column's name.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "scoring/batch.hpp"

namespace pigou {
namespace {

/// One request before three instances whose columns all hold something.
ScoreBatch whole_batch() {
  ScoreBatch batch;
  batch.instances = 3;
  batch.request_rows = {{1024, 64}};
  batch.state_of = {0};
  batch.draws = {0};
  batch.pools.resize(1);
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) batch.name = {7, 5, 6};
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  return batch;
}

void empty(ScoreBatch& batch, Column column) {
  switch (column) {
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  case Column::id:                                          \
    return batch.name.clear();
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  }
}

/// Every cost that ships, plain and with all that can be switched on.
std::vector<AnyCost> every_cost() {
  DynamoTerms all;
  all.overlap_score_credit_decay = 0.5;
  all.decode_active_request_weight = 1;
  all.lower_tiers = true;
  std::vector<AnyCost> costs = {DynamoKvCost{all}, DynamoLmetricCost{all}, DynamoDecodeCost{all}};
#define PIGOU_COST(Cost, pass) costs.emplace_back(Cost{});
#include "kernels/costs/list.inc"
#undef PIGOU_COST
  return costs;
}

std::string error_of(const ScoreBatch& batch, const AnyCost& cost) {
  try {
    choose_batch_cpu(batch, cost, ArgminChoice{});
  } catch (const InternalError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Columns, IsABatchWithoutAColumnItsCostReadsAnErrorWithTheColumnsName) {
  for (const AnyCost& cost : every_cost()) {
    EXPECT_EQ(error_of(whole_batch(), cost), "no error") << cost.index();
    const ColumnReads reads = reads_of(cost);
    for (const ColumnRead& known : kColumnReads) {
      ScoreBatch batch = whole_batch();
      empty(batch, known.column);
      bool read = false;
      for (const ColumnRead* own : reads) read = read || own->column == known.column;
      if (read)
        EXPECT_NE(error_of(batch, cost).find(known.name), std::string::npos)
            << known.name << " of cost " << cost.index() << ": " << error_of(batch, cost);
      else
        EXPECT_EQ(error_of(batch, cost), "no error") << known.name << " of cost " << cost.index();
    }
  }
}

/// The cost of instance 1 with `column` as it is, or moved by `step`.
double cost_with(const AnyCost& cost, Column column, std::int64_t step) {
  ScoreBatch batch = whole_batch();
  switch (column) {
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  case Column::id:                                          \
    batch.name[1] += static_cast<type>(step);               \
    break;
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  }
  return std::visit(
      [&](const auto& body) {
        return static_cast<double>(
            body(batch.request_rows[0], batch.view().columns(0), batch.pools[0], 1));
      },
      cost);
}

TEST(Columns, DoesACostChangeWithEveryColumnItReadsAndWithNoOther) {
  for (const AnyCost& cost : every_cost()) {
    for (const ColumnRead& known : kColumnReads) {
      bool read = false;
      for (const ColumnRead* own : reads_of(cost)) read = read || own->column == known.column;
      const bool changes = cost_with(cost, known.column, 0) != cost_with(cost, known.column, 3);
      const auto* const decode = std::get_if<DynamoDecodeCost>(&cost);
      // Its credit is zero in ordinary P/D, and then multiplied all the same.
      const bool times_zero = decode != nullptr && decode->terms.overlap_score_credit == 0 &&
                              known.column == Column::kOverlapBlocks;
      EXPECT_EQ(changes, read && !times_zero) << known.name << " of cost " << cost.index();
    }
  }
}

TEST(Columns, IsAnOwnColumnOfARequestReadByThatRequestAlone) {
  ScoreBatch batch;
  batch.instances = 2;
  batch.request_rows = {{}, {}};
  batch.state_of = {0, 0};
  batch.draws = {0, 0};
  batch.pools.resize(1);
  batch.own_values = {1, 2};
  const auto chosen = [&](std::size_t r) {
    return choose_batch_cpu(batch, LeastOwnValueCost{}, ArgminChoice{})[r].index;
  };
  EXPECT_EQ(chosen(0), 0U);
  EXPECT_EQ(chosen(1), 0U) << "a column of the state is everybody's";
  batch.own_per_request = true;
  EXPECT_NE(error_of(batch, LeastOwnValueCost{}).find("own_values"), std::string::npos)
      << "two entries, and four are asked for";
  batch.own_values = {1, 2, 4, 3};
  EXPECT_EQ(chosen(0), 0U);
  EXPECT_EQ(chosen(1), 1U);
}

TEST(Columns, DoesEachHaveAUnitAndASentence) {
  for (const AnyCost& cost : every_cost()) {
    EXPECT_GT(reads_of(cost).size(), 0);
    for (const ColumnRead* read : reads_of(cost)) {
      EXPECT_NE(std::string(read->unit), "") << read->name;
      EXPECT_GT(std::string(read->sentence).size(), 10U) << read->name;
    }
  }
}

}  // namespace
}  // namespace pigou
