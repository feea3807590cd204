// The laws of the synthesis families: lengths, shared prefixes, popularity, trees.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "trace/synthesis/from_numbers.hpp"
#include "trace/synthesis/length_model.hpp"
#include "trace/synthesis/prefix_model.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using testing::error_of;

using Pairs = std::vector<std::pair<std::string, std::string>>;

Trace synthesize(const Pairs& pairs) {
  SynthOptions options;
  for (const auto& [key, value] : pairs) set_synth_option(options, key, value);
  return synthesize_trace(options);
}

std::vector<double> numbers(const std::vector<std::uint32_t>& column) {
  return {column.begin(), column.end()};
}

/// Rows by the block that stands at `depth`.
std::map<std::uint32_t, int> users_of_depth(const Trace& trace, std::size_t depth) {
  std::map<std::uint32_t, int> users;
  for (std::size_t row = 0; row < trace.rows(); ++row) ++users[trace.blocks(row)[depth]];
  return users;
}

TEST(SynthesisFamilies, DoArrivalsFollowTheFamilyAskedFor) {
  const Trace trace =
      synthesize({{"requests", "40000"}, {"rate", "20"}, {"arrivals", "gamma"}, {"cv", "3"}});
  double sum = 0, squares = 0;
  for (std::size_t row = 1; row < trace.rows(); ++row) {
    const double gap = to_seconds(trace.arrival[row] - trace.arrival[row - 1]);
    sum += gap;
    squares += gap * gap;
  }
  const double mean = sum / 39'999;
  EXPECT_NEAR(mean, 0.05, 0.003);
  EXPECT_NEAR(std::sqrt(squares / 39'999 - mean * mean) / mean, 3, 0.15);
}

TEST(SynthesisFamilies, DoesAHistogramGiveItsLengthsAsOftenAsItSays) {
  const testing::ScratchFolder folder;
  const auto file = folder.write("bars.csv", "tokens,count\n100,3\n7000,1\n900,6\n");
  const Trace trace = synthesize({{"requests", "20000"}, {"input", "histogram:" + file}});
  std::map<std::uint32_t, int> seen;
  for (const std::uint32_t tokens : trace.input_tokens) ++seen[tokens];
  EXPECT_NEAR(seen[100], 6000, 250);
  EXPECT_NEAR(seen[900], 12000, 300);
  EXPECT_NEAR(seen[7000], 2000, 200);
  EXPECT_EQ(seen[100] + seen[900] + seen[7000], 20'000);
  EXPECT_NE(error_of([&] { read_histogram(folder.write("x.csv", "1,2\n3,-4\n")); }).find("line 2"),
            std::string::npos);
}

TEST(SynthesisFamilies, DoesTheCopulaGiveTheCorrelationAndKeepBothLaws) {
  for (const double rho : {-0.6, 0.8}) {
    const Trace trace = synthesize({{"requests", "40000"},
                                    {"input", "lognormal:900:0.9"},
                                    {"output", "lognormal:200:0.5"},
                                    {"correlation", std::to_string(rho)}});
    const auto inputs = numbers(trace.input_tokens), outputs = numbers(trace.output_tokens);
    EXPECT_NEAR(copula_correlation(rank_correlation(inputs, outputs)), rho, 0.02);
    double sum = 0;
    for (const double output : outputs) sum += output;
    EXPECT_NEAR(sum / 40'000, 200, 2);
  }
}

TEST(SynthesisFamilies, IsTheSharedPrefixWorkloadGroupsTimesPrompts) {
  const Trace trace = synthesize({{"requests", "6000"},
                                  {"groups", "5"},
                                  {"group_prompts", "8"},
                                  {"system_tokens", "1024"},
                                  {"input", "lognormal:700:0.3"},
                                  {"output", "30"}});
  EXPECT_EQ(users_of_depth(trace, 0).size(), 5U);
  std::map<std::uint32_t, std::set<std::uint32_t>> lengths;  // of a question, by its first block
  for (std::size_t row = 0; row < trace.rows(); ++row)
    lengths[trace.blocks(row)[2]].insert(trace.input_tokens[row]);
  EXPECT_EQ(lengths.size(), 40U);
  for (const auto& [block, seen] : lengths) EXPECT_EQ(seen.size(), 1U) << block;
  std::set<std::vector<std::uint32_t>> prompts;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const auto ids = trace.blocks(row);
    prompts.insert({ids.begin(), ids.end()});
  }
  EXPECT_EQ(prompts.size(), 40U);  // a repeated question repeats its partial last block too
  for (const auto& [block, rows] : users_of_depth(trace, 2)) EXPECT_NEAR(rows, 150, 60) << block;
}

TEST(SynthesisFamilies, DoesPopularityFallByTheZipfExponent) {
  const Trace trace = synthesize(
      {{"requests", "60000"}, {"groups", "64"}, {"system_tokens", "512"}, {"zipf", "1.2"}});
  std::vector<int> counts;
  for (const auto& [block, rows] : users_of_depth(trace, 0)) counts.push_back(rows);
  std::sort(counts.rbegin(), counts.rend());
  ASSERT_EQ(counts.size(), 64U);
  // Least squares of log count on log rank, over the ranks with enough rows.
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t rank = 0; rank < 32; ++rank) {
    const double a = std::log(static_cast<double>(rank + 1)), b = std::log(counts[rank]);
    n += 1, x += a, y += b, xx += a * a, xy += a * b;
  }
  EXPECT_NEAR((n * xy - x * y) / (n * xx - x * x), -1.2, 0.05);
}

TEST(SynthesisFamilies, DoesATreeFanOutAsItSays) {
  // Levels of 2, 1.5 and 1 blocks: the block that reaches into a level belongs to it.
  const Trace trace =
      synthesize({{"requests", "4000"}, {"tree", "3x1024:4x768:5x512"}, {"input", "600"}});
  EXPECT_EQ(trace.input_tokens[0], 1024U + 768 + 512 + 600);
  for (const auto& [depth, nodes] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 3}, {1, 3}, {2, 12}, {3, 60}})
    EXPECT_EQ(users_of_depth(trace, depth).size(), nodes) << depth;
  EXPECT_EQ(users_of_depth(trace, 4).size(), 4000U);
  std::map<std::uint32_t, std::set<std::uint32_t>> parents;
  for (std::size_t row = 0; row < trace.rows(); ++row)
    parents[trace.blocks(row)[3]].insert(trace.blocks(row)[2]);
  for (const auto& [leaf, above] : parents) EXPECT_EQ(above.size(), 1U) << leaf;
}

TEST(SynthesisFamilies, DoTurnsOfASharedPrefixGoOnFromTheirQuestion) {
  const Trace trace = synthesize({{"requests", "300"},
                                  {"groups", "2"},
                                  {"group_prompts", "3"},
                                  {"system_tokens", "512"},
                                  {"input", "1000"},
                                  {"output", "40"},
                                  {"turns", "3"}});
  for (std::uint32_t row = 0; row < trace.rows(); ++row) {
    const std::uint32_t before = trace.previous_turn[row];
    if (before == kNoIndex) continue;
    const std::size_t full = trace.input_tokens[before] / 512;
    for (std::size_t block = 0; block < full; ++block)
      EXPECT_EQ(trace.blocks(row)[block], trace.blocks(before)[block]);
    EXPECT_EQ(trace.input_tokens[row], trace.input_tokens[before] + 1040);
  }
}

TEST(SynthesisFamilies, DoesOneKeyMoveNoOtherDraw) {
  const Pairs base = {{"requests", "500"},
                      {"groups", "9"},
                      {"system_tokens", "600"},
                      {"input", "lognormal:800:0.5"}};
  Pairs changed = base;
  changed.insert(changed.end(), {{"zipf", "1"}, {"arrivals", "weibull"}, {"cv", "2"}});
  EXPECT_EQ(synthesize(base).input_tokens, synthesize(changed).input_tokens);
}

TEST(SynthesisFamilies, DoKeysThatDoNotFitSaySo) {
  const auto error_with = [](const Pairs& pairs) { return error_of([&] { synthesize(pairs); }); };
  EXPECT_NE(error_with({{"zipf", "1"}}).find("synth.zipf"), std::string::npos);
  EXPECT_NE(error_with({{"tree", "4x"}}).find("FAN_OUTxTOKENS"), std::string::npos);
  EXPECT_NE(error_with({{"tree", "4x10"}, {"groups", "3"}}).find("synth.tree"), std::string::npos);
  EXPECT_NE(error_with({{"group_prompts", "3"}}).find("synth.group_prompts"), std::string::npos);
  EXPECT_NE(error_with({{"correlation", "1"}}).find("synth.correlation"), std::string::npos);
  EXPECT_NE(error_with({{"arrivals", "series"}}).find("synth.rate_file"), std::string::npos);
}

}  // namespace
}  // namespace pigou
