// Every backend makes the same choices: a plain scalar loop says which.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "scoring/batch.hpp"
#include "scoring/scorer.hpp"

namespace pigou {
namespace {

/// A batch drawn from `seed`: loads from a small range, so that ties are common.
ScoreBatch drawn_batch(std::uint64_t seed, std::uint32_t requests, std::uint32_t instances,
                       bool with_eligibility, bool own_per_request = false) {
  const RandomStream stream(seed, "parity");
  std::uint64_t next = 0;
  const auto below = [&](std::uint32_t n) { return stream.below(n, next++); };
  ScoreBatch batch;
  batch.instances = instances;
  const std::uint32_t states = 3;
  for (std::uint32_t k = 0; k < states * instances; ++k) {
    batch.active_prefill_tokens.push_back(16 * below(8));
    batch.active_blocks.push_back(below(6));
    batch.active_requests.push_back(below(3));
    batch.prefill_s_per_token.push_back(0.1 + 0.01 * below(2));
    if (with_eligibility) batch.eligible.push_back(below(4) != 0);
  }
  batch.pools.resize(states);
  for (std::uint32_t r = 0; r < requests; ++r) {
    const std::int64_t blocks = 1 + below(12);
    batch.request_rows.push_back({blocks * 16 - below(16), blocks});
    batch.state_of.push_back(below(states));
    batch.draws.push_back(stream.bits(next++));
    for (std::uint32_t i = 0; i < instances; ++i) {
      const auto overlap = static_cast<std::int32_t>(below(static_cast<std::uint32_t>(blocks)));
      batch.overlap_blocks.push_back(overlap);
      batch.shared_active_blocks.push_back(std::min(overlap, std::int32_t{2}));
    }
  }
  batch.own_per_request = own_per_request;
  for (std::uint32_t k = 0; k < (own_per_request ? requests : states) * instances; ++k) {
    batch.own_counts.push_back(below(5));
    batch.own_values.push_back(0.25 * below(4));
  }
  for (std::uint32_t state = 0; state < states; ++state) {
    const auto first = std::find(batch.state_of.begin(), batch.state_of.end(), state);
    if (first != batch.state_of.end())
      batch.pools[state] = reduce_pool(batch.view().columns(first - batch.state_of.begin()));
  }
  return batch;
}

/// The choice for request `r`, written as plainly as it can be.
template <class Cost, class Choice>
ChoiceResult reference(const BatchView& view, std::int64_t r, const Cost& cost,
                       const Choice& choice) {
  const InstanceColumns columns = view.columns(r);
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> candidates;
  for (std::int64_t i = 0; i < columns.count; ++i) {
    keys.push_back(
        candidate_key(cost, view.request_rows[r], columns, view.pools[view.state_of[r]], i));
    if (keys.back() != kNotEligibleKey) candidates.push_back(keys.back());
  }
  if (candidates.empty()) return {};
  const auto [low, high] = std::minmax_element(candidates.begin(), candidates.end());
  const auto weight = choice.template weight<typename Cost::value_type>(*low, *high);
  if (Choice::kTries && columns.count >= kTrialsFrom) {
    for (std::uint64_t k = 0; k < kSoftmaxTrials; ++k) {
      const SoftmaxTrial trial = softmax_trial(view.draws[r], k, columns.count);
      if (trial.keeps(weight(keys[static_cast<std::size_t>(trial.candidate)])))
        return {static_cast<std::uint32_t>(trial.candidate), 0, *low};
    }
  }
  std::uint64_t total = 0;
  for (const std::int64_t key : keys) total += weight(key);
  const std::uint64_t draw = choice.rest(view.draws[r], columns.count);
  std::uint64_t running = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    running += weight(keys[i]);
    if (running > drawn_share(draw, total)) return {static_cast<std::uint32_t>(i), total, *low};
  }
  return {};
}

std::vector<AnyCost> every_cost() {
  DynamoTerms loaded;
  loaded.overlap_score_credit = 0.7;
  loaded.overlap_score_credit_decay = 0.3;
  loaded.decode_active_request_weight = 1.1;
  loaded.block_tokens = 48;
  DynamoTerms tiered = loaded;
  tiered.lower_tiers = true;
  std::vector<AnyCost> costs = {MinTtftCost{16},          DynamoKvCost{loaded},
                                DynamoKvCost{tiered},     DynamoLmetricCost{loaded},
                                DynamoDecodeCost{loaded}, DrainTimeCost{3}};
#define PIGOU_COST(Cost, pass) costs.emplace_back(Cost{});
#include "kernels/costs/list.inc"
#undef PIGOU_COST
  return costs;
}

using Backend = std::vector<ChoiceResult> (*)(const ScoreBatch&, const AnyCost&, const AnyChoice&);

void expect_reference_choices(Backend backend) {
  const std::uint32_t sizes[] = {1, 7, 128, 300, 1025};
  const AnyChoice choices[] = {ArgminChoice{}, SoftmaxChoice{0.3}, SoftmaxChoice{1.0}};
  for (const std::uint32_t instances : sizes) {
    const auto batch =
        drawn_batch(instances, 40, instances, instances % 2 == 1, instances % 3 == 1);
    const BatchView view = batch.view();
    for (const auto& cost : every_cost()) {
      for (const auto& choice : choices) {
        const auto results = backend(batch, cost, choice);
        ASSERT_EQ(results.size(), batch.request_rows.size());
        std::visit(
            [&](const auto& body, const auto& how) {
              for (std::int64_t r = 0; r < view.requests; ++r)
                EXPECT_EQ(results[static_cast<std::size_t>(r)], reference(view, r, body, how))
                    << "cost " << cost.index() << ", choice " << choice.index() << ", request " << r
                    << " of " << instances << " instances";
            },
            cost, choice);
      }
    }
  }
}

TEST(ScoringParity, cpu_backend_makes_the_choices_of_a_scalar_loop) {
  expect_reference_choices(choose_batch_cpu);
}

TEST(ScoringParity, cuda_backend_makes_the_choices_of_a_scalar_loop) {
  if (const std::string absence = cuda_absence(); !absence.empty()) GTEST_SKIP() << absence;
  expect_reference_choices(choose_batch_cuda);
}

TEST(ScoringParity, a_cost_from_outside_the_tree_is_scored_the_same_way) {
  const struct BlocksCost {
    using value_type = std::int64_t;
    value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                          std::int64_t i) const {
      return -columns.active_blocks[i];
    }
  } cost;
  const auto batch = drawn_batch(5, 30, 200, true);
  const BatchView view = batch.view();
  Scorer scorer;
  for (std::int64_t r = 0; r < view.requests; ++r)
    EXPECT_EQ(scorer.choose(cost, ArgminChoice{}, view.request_rows[r], view.columns(r), {},
                            view.draws[r]),
              reference(view, r, cost, ArgminChoice{}));
}

TEST(ScoringParity, draws_spread_evenly_over_tied_candidates) {
  ScoreBatch batch;
  batch.instances = 5;
  batch.active_requests = {2, 1, 1, 4, 1};
  batch.pools.resize(1);
  const RandomStream stream(11, "ties");
  for (std::uint64_t r = 0; r < 30000; ++r) {
    batch.request_rows.push_back({});
    batch.state_of.push_back(0);
    batch.draws.push_back(stream.bits(r));
  }
  std::vector<int> chosen(5);
  for (const auto& result : choose_batch(batch, LeastOutstandingCost{}, ArgminChoice{}))
    ++chosen[result.index];
  EXPECT_EQ(chosen[0] + chosen[3], 0);
  for (const int i : {1, 2, 4}) EXPECT_NEAR(chosen[static_cast<std::size_t>(i)], 10000, 400);
}

TEST(CudaBackend, answers_with_one_clear_error_where_it_cannot_run) {
  const std::string absence = cuda_absence();
  if (absence.empty()) GTEST_SKIP() << "this machine has a CUDA device";
  try {
    choose_batch_cuda({}, LeastOutstandingCost{}, ArgminChoice{});
    FAIL() << "it ran";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("CUDA"), std::string::npos);
  }
  EXPECT_EQ(scoring_backend(), "cpu");
}

}  // namespace
}  // namespace pigou
