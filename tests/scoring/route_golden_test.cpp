// Published behaviour of the costs and choices: worked examples of the routers' rules.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random_stream.hpp"
#include "scoring/scorer.hpp"

namespace pigou {
namespace {

/// Two instances, 16-token blocks, a prompt of 64 blocks, nothing prefilling: A holds 48 cached
/// blocks and has 100 active, B holds none and has 20 active.
struct DynamoExample {
  std::vector<std::int64_t> prefill = {0, 0};
  std::vector<std::int64_t> active = {100, 20};
  std::vector<std::int64_t> requests = {3, 1};
  std::vector<std::int32_t> overlap = {48, 0};
  std::vector<std::int32_t> shared = {0, 0};
  RequestRow request{1024, 64};

  InstanceColumns columns() const {
    InstanceColumns result;
    result.count = 2;
    result.active_prefill_tokens = prefill.data();
    result.active_blocks = active.data();
    result.active_requests = requests.data();
    result.overlap_blocks = overlap.data();
    result.shared_active_blocks = shared.data();
    return result;
  }
  template <class Cost>
  double cost(const Cost& cost, int i) const {
    return cost(request, columns(), reduce_pool(columns()), i);
  }
  template <class Cost>
  std::uint32_t pick(const Cost& cost) const {
    Scorer scorer;
    return scorer.choose(cost, ArgminChoice{}, request, columns(), reduce_pool(columns()), 0).index;
  }
};

TEST(DynamoCost, adds_prefill_and_decode_blocks_and_picks_the_emptier_instance) {
  const DynamoExample example;
  EXPECT_EQ(example.cost(DynamoKvCost{}, 0), 180);
  EXPECT_EQ(example.cost(DynamoKvCost{}, 1), 148);
  EXPECT_EQ(example.pick(DynamoKvCost{}), 1u);
}

TEST(DynamoCost, counts_blocks_shared_with_active_sequences_once) {
  DynamoExample example;
  example.shared = {48, 0};
  EXPECT_EQ(example.cost(DynamoKvCost{}, 0), 132);
  EXPECT_EQ(example.pick(DynamoKvCost{}), 0u);
}

TEST(DynamoCost, multiplies_under_lmetric) {
  DynamoExample example;
  EXPECT_EQ(example.cost(DynamoLmetricCost{}, 0), 2640);
  EXPECT_EQ(example.cost(DynamoLmetricCost{}, 1), 5440);
  EXPECT_EQ(example.pick(DynamoLmetricCost{}), 0u);
  example.shared = {48, 0};
  EXPECT_EQ(example.cost(DynamoLmetricCost{}, 0), 1872);
  EXPECT_EQ(example.pick(DynamoLmetricCost{}), 0u);
}

TEST(DynamoCost, decays_credit_with_load_above_the_least_of_the_pool) {
  DynamoExample example;
  example.prefill = {1024 + 320, 320};  // A has 64 blocks more than B, as many as the request
  DynamoKvCost cost;
  cost.terms.overlap_score_credit_decay = 1;
  // decay = 1 / (1 + 1 * 64 / 64) = 1/2: A = (84 + 64 - 24) + 164, B = (20 + 64 - 0) + 84
  EXPECT_EQ(example.cost(cost, 0), 288);
  EXPECT_EQ(example.cost(cost, 1), 168);
}

TEST(DynamoCost, never_lets_credit_make_prefill_negative) {
  DynamoExample example;
  DynamoKvCost cost;
  cost.terms.overlap_score_credit = 2;
  EXPECT_EQ(example.cost(cost, 0), 164);
}

TEST(DynamoCost, weighs_active_requests_when_asked) {
  DynamoExample example;
  DynamoKvCost cost;
  cost.terms.decode_active_request_weight = 0.5;
  EXPECT_EQ(example.cost(cost, 0), 181.5);
}

TEST(DynamoCost, looks_at_load_only_on_the_decode_side) {
  const DynamoExample example;
  EXPECT_EQ(example.cost(DynamoDecodeCost{}, 0), 164);
  EXPECT_EQ(example.cost(DynamoDecodeCost{}, 1), 84);
}

TEST(MinTtftCost, charges_the_backlog_and_the_uncached_tokens) {
  DynamoExample example;
  example.prefill = {1000, 2000};
  const std::vector<double> s_per_token = {0.5, 0.25};
  auto columns = example.columns();
  columns.prefill_s_per_token = s_per_token.data();
  const MinTtftCost cost{16};
  EXPECT_EQ(cost(example.request, columns, {}, 0), 0.5 * (1000 + 1024 - 48 * 16));
  EXPECT_EQ(cost(example.request, columns, {}, 1), 0.25 * (2000 + 1024));
  example.overlap[0] = 64;  // a fully cached prompt still computes one token
  EXPECT_EQ(cost(example.request, columns, {}, 0), 0.5 * (1000 + 1));
}

/// Share of `index` among the softmax weights of `loads`.
double softmax_share(std::vector<std::int64_t> loads, double temperature, std::size_t index) {
  InstanceColumns columns;
  columns.count = static_cast<std::int64_t>(loads.size());
  columns.active_requests = loads.data();
  Scorer scorer;
  const auto result =
      scorer.choose(LeastOutstandingCost{}, SoftmaxChoice{temperature}, {}, columns, {}, 0);
  return static_cast<double>(scorer.weights()[index]) / static_cast<double>(result.weight_total);
}

TEST(SoftmaxChoice, gives_two_candidates_odds_that_depend_on_temperature_alone) {
  EXPECT_NEAR(softmax_share({3, 7}, 1.0, 0), 0.731, 0.0005);
  EXPECT_NEAR(softmax_share({3, 7}, 0.5, 0), 0.881, 0.0005);
  EXPECT_EQ(softmax_share({3, 7}, 1.0, 0), softmax_share({1000, 9000}, 1.0, 0));
}

TEST(SoftmaxChoice, is_uniform_when_all_costs_are_equal) {
  EXPECT_EQ(softmax_share({5, 5, 5, 5}, 0.1, 2), 0.25);
}

TEST(SoftmaxChoice, agrees_with_the_exponential) {
  for (double y = 0; y < 40; y += 0.0137) {
    const double exact = std::exp2(-y) * static_cast<double>(kSoftmaxOne);
    EXPECT_NEAR(static_cast<double>(softmax_weight(y)), exact, 1.0 + exact * 1e-11) << y;
  }
  EXPECT_EQ(softmax_weight(0), kSoftmaxOne);
  EXPECT_EQ(softmax_weight(1), kSoftmaxOne / 2);
  EXPECT_EQ(softmax_weight(1e300), 0u);
}

/// How often each of `loads` is drawn in `draws` choices, and how often a trial sufficed.
struct Drawn {
  std::vector<int> times;
  int by_trial = 0;
};
Drawn draw_often(const std::vector<std::int64_t>& loads, double temperature, int draws,
                 const std::uint8_t* eligible = nullptr) {
  InstanceColumns columns;
  columns.count = static_cast<std::int64_t>(loads.size());
  columns.active_requests = loads.data();
  columns.eligible = eligible;
  const RandomStream stream(7, "softmax");
  Scorer scorer;
  Drawn drawn{std::vector<int>(loads.size(), 0)};
  for (int d = 0; d < draws; ++d) {
    const auto result = scorer.choose(LeastOutstandingCost{}, SoftmaxChoice{temperature}, {},
                                      columns, {}, stream.bits(static_cast<std::uint64_t>(d)));
    ++drawn.times[result.index];
    drawn.by_trial += result.weight_total == 0 ? 1 : 0;
  }
  return drawn;
}

/// Four standard deviations of a count of `draws` with this chance.
double four_sigma(double chance, int draws) { return 4 * std::sqrt(chance * (1 - chance) * draws); }

TEST(SoftmaxChoice, draws_from_many_by_the_weights_whether_by_trials_or_not) {
  // 300 at the lowest cost, 500 halfway, 200 at the highest: weights 1, e^(-1/2T), e^(-1/T).
  std::vector<std::int64_t> loads(300, 10);
  loads.insert(loads.end(), 500, 20);
  loads.insert(loads.end(), 200, 30);
  constexpr int kDraws = 20000;
  const Drawn drawn = draw_often(loads, 0.5, kDraws);
  EXPECT_GT(drawn.by_trial, kDraws * 99 / 100);
  const double weights[] = {300, 500 * std::exp(-1.0), 200 * std::exp(-2.0)};
  const double total = weights[0] + weights[1] + weights[2];
  const std::size_t ends[] = {300, 800, 1000};
  std::size_t i = 0;
  for (int group = 0; group < 3; ++group) {
    int times = 0;
    for (; i < ends[group]; ++i) times += drawn.times[i];
    const double chance = weights[group] / total;
    EXPECT_NEAR(times, chance * kDraws, four_sigma(chance, kDraws)) << group;
  }
}

TEST(SoftmaxChoice, weighs_all_of_many_where_one_is_far_better) {
  // Trials rarely keep any: weights 1 and 999 times e^-8.
  std::vector<std::int64_t> loads(1000, 100);
  loads[617] = 20;
  constexpr int kDraws = 20000;
  const Drawn drawn = draw_often(loads, 0.125, kDraws);
  EXPECT_LT(drawn.by_trial, kDraws / 5);
  EXPECT_GT(drawn.by_trial, kDraws / 50);
  const double chance = 1 / (1 + 999 * std::exp(-8.0));
  EXPECT_NEAR(drawn.times[617], chance * kDraws, four_sigma(chance, kDraws));
}

TEST(SoftmaxChoice, never_draws_from_many_who_is_not_eligible) {
  std::vector<std::int64_t> loads(512, 5);
  std::vector<std::uint8_t> eligible(512, 0);
  loads[3] = 0;  // the best, did it take requests
  for (const std::size_t i : {100u, 200u, 511u}) eligible[i] = 1;
  const Drawn drawn = draw_often(loads, 1.0, 3000, eligible.data());
  for (const std::size_t i : {100u, 200u, 511u})
    EXPECT_NEAR(drawn.times[i], 1000, four_sigma(1.0 / 3, 3000)) << i;
  EXPECT_EQ(drawn.times[3], 0);
}

CandidateKeys keys_of(const std::vector<std::int64_t>& values) {
  CandidateKeys keys;
  keys.resize(static_cast<std::int64_t>(values.size()));
  keys.keys = values;
  find_block_lowest(keys);
  return keys;
}

TEST(ArgminChoice, picks_the_kth_tied_candidate_by_the_draw) {
  const CandidateKeys keys = keys_of({4, 1, 7, 1, 1, 9, 1});
  const auto pick = [&](double u) {
    return choose_lowest(keys, static_cast<std::uint64_t>(u * 0x1p64)).index;
  };
  EXPECT_EQ(pick(0.0), 1u);
  EXPECT_EQ(pick(0.24), 1u);
  EXPECT_EQ(pick(0.25), 3u);
  EXPECT_EQ(pick(0.5), 4u);
  EXPECT_EQ(pick(0.99), 6u);
  EXPECT_EQ(choose_lowest(keys, 0).weight_total, 4u);
}

TEST(ArgminChoice, answers_no_choice_when_nothing_is_eligible) {
  EXPECT_EQ(choose_lowest(keys_of({}), 5).index, kNoChoice);
  const std::vector<std::int64_t> none(3, kNotEligibleKey);
  EXPECT_EQ(choose_lowest(keys_of(none), 5).index, kNoChoice);
}

TEST(OrderedKey, orders_as_the_cost_does_and_treats_both_zeros_alike) {
  const std::vector<double> costs = {-1e300, -2.5, -0.0, 1e-300, 0.25, 1.0, 1e18};
  for (std::size_t i = 0; i + 1 < costs.size(); ++i) {
    EXPECT_LT(ordered_key(costs[i]), ordered_key(costs[i + 1]));
    EXPECT_EQ(cost_of_key<double>(ordered_key(costs[i])), costs[i]);
  }
  EXPECT_EQ(ordered_key(-0.0), ordered_key(0.0));
}

}  // namespace
}  // namespace pigou
