#include "workload/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "core/random_stream.hpp"
#include "depth.hpp"
#include "trace/statistics/turn_chain.hpp"
#include "trace/synthesis/from_numbers.hpp"
#include "trace/trace_testing.hpp"
#include "workload/transform.hpp"
#include "workload/workload.hpp"

namespace pigou {
namespace {

/// Conversations of some turns in groups with a system prompt of their own.
Trace chat(std::uint64_t seed, bool closed_loop, std::uint64_t requests = 600) {
  const RandomStream draws(seed, "test.load");
  SynthOptions options;
  options.requests = requests;
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"rate", "2"},
           {"arrivals", draws.below(2, 0) == 0 ? "poisson" : "gamma"},
           {"input", "lognormal:900:0.6:600:6000"},
           {"output", "lognormal:150:0.5:1:900"},
           {"turns", draws.below(3, 1) == 0 ? "1" : "lognormal:4:0.5:1:12"},
           {"groups", std::to_string(1 + draws.below(20, 2))},
           {"system_tokens", "1024"},
           {"think_s", "15"},
           {"closed_loop", closed_loop ? "true" : "false"},
           {"seed", std::to_string(seed)}})
    set_synth_option(options, key, value);
  return synthesize_trace(options);
}

Workload under(const Trace& trace, double load, WorkloadOptions options = {},
               std::uint64_t seed = 1) {
  options.load = load;
  return build_workload(trace, options, 16, seed);
}

using Sent = std::set<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>>;

/// (copy, row, arrival) of every request.
Sent sent(const Workload& workload) {
  Sent all;
  for (std::size_t i = 0; i < workload.size(); ++i)
    all.emplace(workload.copy_of(i), workload.row[i], workload.arrival[i].ps);
  return all;
}

TEST(Load, DoesAHigherLoadContainALowerOneWithTheSameTimes) {
  const std::uint32_t count = draws(20, "pairs of loads");
  for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
    const RandomStream draw(seed, "test.load.pair");
    const Trace trace = chat(seed, false);
    WorkloadOptions options;
    options.jitter_s = draw.below(2, 0) == 0 ? 0 : 3;
    options.overlay = 1 + draw.below(2, 1);
    options.repeat = 1 + draw.below(2, 2);
    const double low = 0.1 + 3 * draw.uniform(3), high = low + 2 * draw.uniform(4);
    const Sent less = sent(under(trace, low, options, seed));
    const Sent more = sent(under(trace, high, options, seed));
    EXPECT_TRUE(std::includes(more.begin(), more.end(), less.begin(), less.end()))
        << "seed " << seed << ", loads " << low << " and " << high;
  }
}

/// (start, tokens of the prompts, requests) of every session.
std::multiset<std::tuple<std::int64_t, std::uint64_t, std::uint32_t>> sessions(
    const Workload& workload) {
  const Trace& trace = workload.trace;
  std::vector<std::uint64_t> tokens(trace.sessions, 0);
  std::vector<std::uint32_t> rows(trace.sessions, 0);
  for (const Trace::Lane& lane : trace.lanes)
    for (std::uint32_t row = lane.first_row; row < lane.end_row; ++row)
      tokens[lane.session] += trace.input_tokens[row], ++rows[lane.session];
  std::multiset<std::tuple<std::int64_t, std::uint64_t, std::uint32_t>> all;
  for (std::uint32_t s = 0; s < trace.sessions; ++s)
    all.emplace(workload.session_start[s].ps, tokens[s], rows[s]);
  return all;
}

TEST(Load, DoesAHigherLoadContainTheSessionsOfALowerOne) {
  const std::uint32_t count = draws(12, "pairs of loads of sessions");
  for (std::uint64_t seed = first_seed(); seed < first_seed() + count; ++seed) {
    const RandomStream draw(seed, "test.load.pair");
    const Trace trace = chat(seed, true);
    if (!trace.closed_loop()) continue;
    WorkloadOptions options;
    options.sessions_start = "poisson";
    options.sessions_rate = 0.5;
    const double low = draw.below(4, 0) == 0 ? 1 : 0.2 + 2 * draw.uniform(1);
    const double high = low + 2 * draw.uniform(2);
    const Workload less = under(trace, low, options, seed);
    const Workload more = under(trace, high, options, seed);
    EXPECT_DOUBLE_EQ(more.nominal.sessions_per_s, 0.5 * high);
    const auto some = sessions(less), all = sessions(more);
    EXPECT_TRUE(std::includes(all.begin(), all.end(), some.begin(), some.end()))
        << "seed " << seed << ", loads " << low << " and " << high;
  }
}

TEST(Load, DoCopiesOfSessionsShareNoBlockAndKeepTheirTurns) {
  const Trace trace = chat(5, true);
  WorkloadOptions options;
  options.sessions_start = "together";
  const Workload workload = under(trace, 3, options);
  ASSERT_EQ(workload.trace.rows(), 3 * trace.rows());
  const auto rows = static_cast<std::uint32_t>(trace.rows());
  std::vector<std::uint32_t> owner(workload.trace.distinct_blocks, kNoIndex);
  for (std::uint32_t row = 0; row < workload.trace.rows(); ++row) {
    EXPECT_EQ(workload.trace.input_tokens[row], trace.input_tokens[row % rows]);
    EXPECT_EQ(workload.trace.think[row], trace.think[row % rows]);
    EXPECT_EQ(workload.trace.blocks(row).size(), trace.blocks(row % rows).size());
    for (const std::uint32_t id : workload.trace.blocks(row)) {
      if (owner[id] == kNoIndex) owner[id] = row / rows;
      EXPECT_EQ(owner[id], row / rows);
    }
  }
  EXPECT_EQ(workload.nominal.sessions_per_s, 0) << "nothing says how often they start";
}

TEST(Load, AreTimesBetweenTurnsThoseOfTheTrace) {
  const Trace trace = chat(8, false, 1500);
  const auto before = find_turn_chains(trace).before;
  for (const double load : {0.4, 1.0, 2.3, 5.7}) {
    const Workload workload = under(trace, load);
    std::map<std::pair<std::uint32_t, std::uint32_t>, SimTime> when;
    for (std::size_t i = 0; i < workload.size(); ++i)
      when[{workload.copy_of(i), workload.row[i]}] = workload.arrival[i];
    std::size_t turns = 0;
    for (const auto& [who, time] : when) {
      const std::uint32_t earlier = before[who.second];
      if (earlier == kNoIndex) continue;
      const auto found = when.find({who.first, earlier});
      ASSERT_NE(found, when.end()) << "a turn without the one before it";
      EXPECT_EQ(time - found->second, trace.arrival[who.second] - trace.arrival[earlier]);
      ++turns;
    }
    EXPECT_GT(turns, 100U);
  }
}

TEST(Load, IsTheNominalRateTheTracesTimesTheLoadAndTheCountNearIt) {
  const Trace trace = chat(3, false, 3000);
  const double base = under(trace, 1).nominal.requests_per_s;
  const double span_s = to_seconds(trace.arrival.back() - trace.arrival.front());
  EXPECT_NEAR(base, (static_cast<double>(trace.rows()) - 1) / span_s, 1e-9 * base);
  for (const double load : {0.37, 1.5, 2.5, 3.25}) {
    const Workload workload = under(trace, load);
    EXPECT_DOUBLE_EQ(workload.nominal.requests_per_s, load * base);
    EXPECT_NEAR(static_cast<double>(workload.size()), load * static_cast<double>(trace.rows()), 12)
        << "half a conversation";
    EXPECT_TRUE(workload.random || load == std::floor(load));
  }
}

TEST(Load, IsLoadOneWhatNoLoadIs) {
  for (const bool closed : {false, true}) {
    const Trace trace = chat(2, closed);
    WorkloadOptions options;
    if (closed) options.sessions_start = "poisson", options.sessions_rate = 1;
    const Workload plain = build_workload(trace, options, 16, 1);
    const Workload one = under(trace, 1, options);
    EXPECT_EQ(one.arrival, plain.arrival);
    EXPECT_EQ(one.row, plain.row);
    EXPECT_EQ(one.copy, plain.copy);
    EXPECT_EQ(one.session_start, plain.session_start);
    EXPECT_EQ(one.as_recorded, plain.as_recorded);
    EXPECT_EQ(one.random, plain.random);
  }
}

TEST(Load, AreLayersSpreadOverTheTraceWhateverTheLoad) {
  const double phases[] = {0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875, 0.0625};
  for (std::uint32_t layer = 0; layer < std::size(phases); ++layer)
    EXPECT_EQ(layer_phase(layer), phases[layer]);
}

TEST(Load, IsWhatDoesNotFitRefused) {
  const auto fault = [](bool closed, auto&& change) {
    WorkloadOptions options;
    options.load = 2;
    change(options);
    return testing::error_of([&] { build_workload(chat(1, closed), options, 16, 1); });
  };
  EXPECT_NE(fault(false, [](auto& o) { o.load = 0; }).find("workload.load"), std::string::npos);
  EXPECT_NE(fault(false, [](auto& o) { o.load = NAN; }).find("workload.load"), std::string::npos);
  EXPECT_NE(fault(false, [](auto& o) { o.concurrency = 3; }).find("concurrency"),
            std::string::npos);
  EXPECT_NE(fault(true, [](auto& o) { o.repeat = 2; }).find("use one of the three"),
            std::string::npos);
  EXPECT_NE(fault(false, [](auto& o) { o.load = 1e-6; }).find("no request is left"),
            std::string::npos);
  EXPECT_EQ(fault(false, [](auto&) {}), "");
}

TEST(TracePart, DoPartsHoldEveryRequestOnce) {
  for (const bool closed : {false, true}) {
    const Trace trace = chat(4, closed);
    std::multiset<std::uint32_t> whole(trace.input_tokens.begin(), trace.input_tokens.end()), found;
    for (std::uint32_t part = 1; part <= 5; ++part) {
      WorkloadOptions options;
      options.part = {part, 5};
      const Workload workload = build_workload(trace, options, 16, 1);
      EXPECT_FALSE(workload.as_recorded);
      EXPECT_GT(workload.size(), trace.rows() / 10);
      found.insert(workload.trace.input_tokens.begin(), workload.trace.input_tokens.end());
      if (!closed) {
        EXPECT_LE(workload.arrival.back(), SimTime{trace.arrival.back().ps / 5 + 1});
      }
    }
    EXPECT_EQ(found, whole);
  }
}

TEST(TracePart, IsWrittenAsNOfParts) {
  EXPECT_EQ(parse_trace_stretch("").parts, 1U);
  EXPECT_EQ(parse_trace_stretch("3/4").part, 3U);
  for (const char* wrong : {"4", "0/4", "5/4", "1/2000", "a/b", "1/4x", "/", "-1/4"})
    EXPECT_NE(testing::error_of([&] { parse_trace_stretch(wrong); }), "") << wrong;
}

}  // namespace
}  // namespace pigou
