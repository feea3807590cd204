// --like: what a fitted model keeps of a trace, on traces whose law is known and on real ones.
#include "trace/synthesis/fitted/model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "trace/formats/mutation_testing.hpp"
#include "trace/reader.hpp"
#include "trace/statistics/reuse_distance.hpp"
#include "trace/synthesis/fitted/likeness.hpp"
#include "trace/synthesis/from_numbers.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using testing::error_of;

Trace conversations(bool closed_loop) {
  SynthOptions options;
  options.requests = 4000;
  options.arrivals.rate = 3;
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"input", "lognormal:700:0.8:20:9000"},
           {"output", "lognormal:150:0.6:1:900"},
           {"turns", "lognormal:3:0.6:1:20"},
           {"groups", "1"},
           {"system_tokens", "1100"},
           {"think_s", "20"},
           {"closed_loop", closed_loop ? "true" : "false"}})
    set_synth_option(options, key, value);
  return synthesize_trace(options);
}

bool same(const Trace& a, const Trace& b) {
  return a.arrival == b.arrival && a.input_tokens == b.input_tokens &&
         a.output_tokens == b.output_tokens && a.block_ids == b.block_ids && a.think == b.think &&
         a.previous_turn == b.previous_turn;
}

/// Blocks are chained and dense, full ones shared only where the row before has them.
void expect_sound(const Trace& trace) {
  std::vector<std::uint32_t> before(trace.distinct_blocks, kNoIndex);
  std::vector<bool> seen(trace.distinct_blocks, false);
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const auto ids = trace.blocks(row);
    for (std::size_t block = 0; block < ids.size(); ++block) {
      ASSERT_LT(ids[block], trace.distinct_blocks);
      const std::uint32_t previous = block == 0 ? kNoIndex - 1 : ids[block - 1];
      if (seen[ids[block]]) {
        EXPECT_EQ(before[ids[block]], previous);
      }
      before[ids[block]] = previous;
      seen[ids[block]] = true;
    }
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 0);
}

TEST(FittedModel, DoesASyntheticTraceKeepTheFiguresOfItsModel) {
  const Trace trace = conversations(false);
  const FittedModel model = fit_model(trace);
  EXPECT_GT(model.figures.follow_share, 0.4);
  ASSERT_EQ(model.openings.size(), 1U);
  EXPECT_EQ(model.openings[0].blocks, 2U);
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Trace drawn = synthesize_like(model, trace.rows(), seed);
    expect_sound(drawn);
    EXPECT_TRUE(std::is_sorted(drawn.arrival.begin(), drawn.arrival.end()));
    for (const LikenessRow& row : compare_traces(model, drawn, &trace)) {
      if (row.distance) {
        EXPECT_LT(row.synthetic, 0.06) << row.name;
      } else if (row.name.find("LRU") == std::string::npos) {
        EXPECT_LT(std::abs(row.difference()), 0.05) << row.name << " seed " << seed;
      }
    }
  }
}

TEST(FittedModel, DoSeedsDrawDifferentTracesAndTheSameSeedTheSame) {
  const FittedModel model = fit_model(conversations(false));
  EXPECT_TRUE(same(synthesize_like(model, 1000, 5), synthesize_like(model, 1000, 5)));
  EXPECT_FALSE(same(synthesize_like(model, 1000, 5), synthesize_like(model, 1000, 6)));
}

TEST(FittedModel, IsAModelReadFromItsJsonTheSame) {
  for (const bool closed_loop : {false, true}) {
    const FittedModel model = fit_model(conversations(closed_loop));
    const std::string text = model_to_json(model);
    const FittedModel again = model_from_json(text, "fit.json");
    EXPECT_EQ(model_to_json(again), text);
    EXPECT_TRUE(same(synthesize_like(model, 2000, 3), synthesize_like(again, 2000, 3)));
  }
}

TEST(FittedModel, DoSessionsStaySessions) {
  const Trace trace = conversations(true);
  const FittedModel model = fit_model(trace);
  const Trace drawn = synthesize_like(model, 4000, 1);
  ASSERT_TRUE(drawn.closed_loop());
  expect_sound(drawn);
  EXPECT_NEAR(drawn.sessions, trace.sessions, 0.08 * trace.sessions);
  EXPECT_EQ(drawn.session_arrival.size(), drawn.sessions);
  std::uint32_t row = 0;
  for (const Trace::Lane& lane : drawn.lanes) {
    EXPECT_EQ(lane.first_row, row);
    row = lane.end_row;
    EXPECT_EQ(drawn.previous_turn[lane.first_row], kNoIndex);
  }
  EXPECT_EQ(row, drawn.rows());
  for (const LikenessRow& figure : compare_traces(model, drawn, &trace)) {
    if (figure.distance) {
      EXPECT_LT(figure.synthetic, 0.06) << figure.name;
    }
  }
}

TEST(FittedModel, HoldsATraceWithoutIdsNoBlocks) {
  Trace trace = conversations(false);
  trace.block_tokens = trace.distinct_blocks = 0;
  trace.block_ids.clear();
  trace.block_begin.clear();
  trace.previous_turn.clear();
  const FittedModel model = fit_model(trace);
  EXPECT_EQ(model.figures.follow_share, 0);
  const Trace drawn = synthesize_like(model, 3000, 2);
  EXPECT_EQ(drawn.block_tokens, 0U);
  EXPECT_TRUE(drawn.block_ids.empty());
  EXPECT_EQ(drawn.rows(), 3000U);
}

TEST(FittedModel, DoesItKeepNoRowOfTheTrace) {
  // Lengths that no two rows share: were rows remembered, their pairs would come back.
  const Trace trace = conversations(false);
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (std::size_t row = 0; row < trace.rows(); ++row)
    pairs.insert({trace.input_tokens[row], trace.output_tokens[row]});
  const Trace drawn = synthesize_like(fit_model(trace), trace.rows(), 1);
  std::size_t back = 0;
  for (std::size_t row = 0; row < drawn.rows(); ++row)
    back += pairs.contains({drawn.input_tokens[row], drawn.output_tokens[row]});
  EXPECT_LT(back, drawn.rows() / 20);
  EXPECT_LT(model_to_json(fit_model(trace)).size(), 40'000U);  // and 400,000 rows make no more
}

TEST(FittedModel, AreBrokenModelsNamed) {
  const std::string good = model_to_json(fit_model(conversations(false)));
  const auto error_with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return error_of([&] { model_from_json(text, "fit.json"); });
  };
  EXPECT_NE(error_of([] { model_from_json("{", "fit.json"); }).find("JSON"), std::string::npos);
  EXPECT_NE(error_with("\"gap_cv\"", "\"gapcv\"").find("parameters.gap_cv"), std::string::npos);
  EXPECT_NE(error_with("\"answer_kept\": ", "\"answer_kept\": 7").find("out of"),
            std::string::npos);
  EXPECT_NE(error_with("pigou trace model", "something").find("filetype"), std::string::npos);
  EXPECT_NE(error_with("\"share\": [0.0,", "\"share\": [0.5,").find("quantiles"),
            std::string::npos);
  EXPECT_NE(error_of([&] { synthesize_like(model_from_json(good, "f"), 0, 1); }).find("--requests"),
            std::string::npos);
}

TEST(FittedModel, DoesAModelFileSurviveMutations) {
  const std::string good = model_to_json(fit_model(conversations(true)));
  testing::Mutator mutator(11);
  int drawn = 0;
  for (int count = 0, end = testing::mutants(); count < end; ++count) {
    try {
      const FittedModel model = model_from_json(mutator.mutate(good), "fit.json");
      testing::expect_sound(synthesize_like(model, 50, 1));
      ++drawn;
    } catch (const UserError& error) {
      ASSERT_NE(std::string(error.what()).find("("), std::string::npos);
    }
  }
  EXPECT_GE(drawn, testing::mutations() / 50);
}

TEST(FittedModel, IsTheConversationTraceMatchedWithinFivePercent) {
  const std::string file = data_root() + "/traces/mooncake-fast25/conversation_trace.jsonl.gz";
  PIGOU_NEEDS_DATA(file);
  const Trace trace = read_trace(file);
  const FittedModel model = fit_model(trace);
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const Trace drawn = synthesize_like(model, trace.rows(), seed);
    for (const LikenessRow& row : compare_traces(model, drawn, &trace)) {
      if (row.distance) {
        EXPECT_LT(row.synthetic, 0.03) << row.name;
      } else {
        const double bound = row.name.find("LRU") == std::string::npos ? 0.05 : 0.12;
        EXPECT_LT(std::abs(row.difference()), bound) << row.name << " seed " << seed;
      }
    }
  }
}

TEST(ReuseDistance, IsTheCurveThatOfASimulatedLruCache) {
  const Trace trace = conversations(false);
  const std::vector<std::uint64_t> sizes = {1, 5, 40, 200, 1000, 5000, 100'000};
  const auto curve = prefix_hit_curve(trace, sizes);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    // A list of blocks, most recently used first; the first block of a row is used last.
    std::vector<std::uint32_t> cache;
    std::uint64_t hits = 0;
    for (std::size_t row = 0; row < 600; ++row) {
      const auto ids = trace.blocks(row);
      std::size_t hit = 0;
      while (hit < ids.size() && std::find(cache.begin(), cache.end(), ids[hit]) != cache.end())
        ++hit;
      hits += hit;
      for (std::size_t block = ids.size(); block-- > 0;) {
        std::erase(cache, ids[block]);
        cache.insert(cache.begin(), ids[block]);
      }
      if (cache.size() > sizes[i]) cache.resize(sizes[i]);
    }
    Trace head = trace;
    head.block_begin.resize(601);
    head.block_ids.resize(head.block_begin.back());
    head.input_tokens.resize(600);
    EXPECT_DOUBLE_EQ(prefix_hit_curve(head, {sizes[i]})[0],
                     static_cast<double>(hits) / static_cast<double>(head.block_ids.size()));
  }
  EXPECT_TRUE(std::is_sorted(curve.begin(), curve.end()));
}

TEST(QuantileTable, DoesItGiveBackTheLawOfItsSample) {
  std::vector<double> sample;
  for (int i = 0; i < 20'000; ++i) sample.push_back(std::exp(normal_quantile((i + 0.5) / 20'000)));
  const QuantileTable table = QuantileTable::of(sample);
  EXPECT_LT(table.values().size(), 120U);
  EXPECT_NEAR(table.at(0.5), 1, 1e-3);
  EXPECT_NEAR(table.at(0.99), std::exp(2.3263), 0.02);
  EXPECT_NEAR(table.mean(), std::exp(0.5), 0.02);
  EXPECT_NEAR(table.share_of(table.at(0.37)), 0.37, 1e-9);
  EXPECT_EQ(QuantileTable::of({3, 3, 3}).at(0.4), 3);
  EXPECT_LE(QuantileTable::of({1, 2, 3, 4, 5}).values().size(), 3U);
}

TEST(TwoWayOdds, AreBothFactorsFoundAgain) {
  TwoWayCounts counts(3, 2);
  for (int r = 0; r < 3; ++r)
    for (int c = 0; c < 2; ++c) {
      const double share = 1 / (1 + std::exp(-(r - 1.5 + 0.8 * c)));
      for (int i = 0; i < 10'000; ++i)
        counts.add(static_cast<std::size_t>(r), static_cast<std::size_t>(c), i < 10'000 * share);
    }
  const TwoWayOdds odds = counts.fit();
  EXPECT_NEAR(odds.column[1] - odds.column[0], 0.8, 0.01);
  EXPECT_NEAR(odds.row[2] - odds.row[0], 2, 0.01);
  EXPECT_NEAR(odds.chance(1, 1), 1 / (1 + std::exp(-0.3)), 0.002);
}

}  // namespace
}  // namespace pigou
