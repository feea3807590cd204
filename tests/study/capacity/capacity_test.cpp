#include "study/capacity/capacity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace pigou {
namespace {

/// The message of the error, empty without one.
std::string fault_of(const std::string& text) {
  try {
    parse_slo_term(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(SloTerm, ReadsFigureLimitAndUnit) {
  const SloTerm ttft = parse_slo_term("ttft_p90<=5s");
  EXPECT_EQ(ttft.kind, SloTerm::Kind::kTtft);
  EXPECT_DOUBLE_EQ(ttft.quantile, 0.9);
  EXPECT_DOUBLE_EQ(ttft.limit, 5);
  const SloTerm itl = parse_slo_term(" itl_mean <= 80 ms ");
  EXPECT_EQ(itl.kind, SloTerm::Kind::kItl);
  EXPECT_EQ(itl.quantile, 0);
  EXPECT_DOUBLE_EQ(itl.limit, 0.08);
  EXPECT_EQ(itl.text, "itl_mean<=80ms");
  EXPECT_DOUBLE_EQ(parse_slo_term("attainment>=0.9").limit, 0.9);
  EXPECT_DOUBLE_EQ(parse_slo_term("attainment>=95%").limit, 0.95);
}

TEST(SloTerm, IsRefusedWithAWordOnWhatWouldBeRight) {
  const std::pair<const char*, const char*> wrong[] = {
      {"ttft_p90", "no <= or >="},         {"ttft_p90<=5", "no unit"},
      {"ttft_p90<=5min", "'min'"},         {"ttft_p80<=5s", "did you mean 'ttft_s.p"},
      {"tttf_s.p90<=5s", "ttft_s.p90"},    {"ttft_p90>=5s", "wanted low"},
      {"ttft_p90<5s", "wanted low"},       {"attainment<=0.9", "wanted high"},
      {"attainment>=1.5", "at most at 1"}, {"attainment>=0", "above 0"},
      {"ttft_p90<=-1s", "at or below 0"},  {"ttft_p90<=fast", "number"},
      {"ttft_p90<=nans", "number"},        {"", "no <= or >="},
  };
  for (const auto& [text, words] : wrong)
    EXPECT_NE(fault_of(text).find(words), std::string::npos) << text << ": " << fault_of(text);
}

RunResult ten_requests() {
  RunResult result;
  RequestColumns& rows = result.requests;
  for (std::uint64_t n = 0; n < 10; ++n) {
    rows.request.push_back(n);
    rows.ttft_s.push_back(static_cast<double>(n + 1));
    rows.tpot_s.push_back(n == 0 ? std::numeric_limits<double>::quiet_NaN() : 0.1);
    rows.e2e_s.push_back(20);
    rows.outcome.push_back(static_cast<std::uint8_t>(Outcome::kFinished));
  }
  return result;
}

TEST(SloTerm, CountsRequestsThatDidNotFinishAsInfinitelyLate) {
  RunResult result = ten_requests();
  EXPECT_DOUBLE_EQ(slo_figure(parse_slo_term("ttft_p90<=5s"), result), 9);
  EXPECT_DOUBLE_EQ(slo_figure(parse_slo_term("ttft_p50<=5s"), result), 5);
  EXPECT_DOUBLE_EQ(slo_figure(parse_slo_term("ttft_mean<=5s"), result), 5.5);
  EXPECT_DOUBLE_EQ(slo_figure(parse_slo_term("tpot_p99<=1s"), result), 0.1)
      << "a request of one token has no TPOT";
  result.requests.outcome[0] = static_cast<std::uint8_t>(Outcome::kRejected);
  EXPECT_DOUBLE_EQ(slo_figure(parse_slo_term("ttft_p90<=5s"), result), 10);
  EXPECT_TRUE(std::isinf(slo_figure(parse_slo_term("ttft_p99<=5s"), result)));
  EXPECT_TRUE(std::isinf(slo_figure(parse_slo_term("ttft_mean<=5s"), result)));
}

TEST(SloTerm, IsAShareAlongTheTraceForWindows) {
  RunResult result = ten_requests();
  const SloSeries share = slo_series(parse_slo_term("ttft_p90<=5s"), result, {});
  EXPECT_TRUE(share.at_least);
  EXPECT_DOUBLE_EQ(share.limit, 0.9);
  EXPECT_EQ(share.values, (std::vector<double>{1, 1, 1, 1, 1, 0, 0, 0, 0, 0}));
  SloConfig slo;
  slo.ttft_s = 3;
  const SloSeries met = slo_series(parse_slo_term("attainment>=0.9"), result, slo);
  EXPECT_EQ(met.values, (std::vector<double>{1, 1, 1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(slo_series(parse_slo_term("itl_p90<=1s"), result, {}).values.empty());
}

/// Searches under an answer that is known at every load. Returns the number of probes.
int search(CapacitySearch& search, const std::function<Verdict(double)>& answer) {
  int probes = 0;
  while (const auto load = search.next()) {
    search.add(*load, answer(*load));
    if (++probes > 100) break;
  }
  return probes;
}

TEST(CapacitySearch, FindsWhereAnAnswerTurns) {
  for (const double edge : {0.13, 0.9, 1.0, 3.3, 40.0}) {
    CapacitySearch found({1.0 / 64, 64, 1, 0.05, false});
    const int probes = search(
        found, [&](double load) { return load <= edge ? Verdict::kMeets : Verdict::kFails; });
    ASSERT_TRUE(found.meets() && found.fails()) << edge;
    EXPECT_LE(*found.meets(), edge);
    EXPECT_GT(*found.fails(), edge);
    EXPECT_LE(*found.fails(), *found.meets() * 1.05 + 1e-12);
    EXPECT_LE(probes, 14) << edge;
  }
}

TEST(CapacitySearch, GoesUpWhereNothingIsSureFromTheStartDown) {
  CapacitySearch found({0.25, 64, 1, 0.05, false});
  search(found, [](double load) {
    return load < 3 ? Verdict::kUnsure : load <= 20 ? Verdict::kMeets : Verdict::kFails;
  });
  EXPECT_GT(*found.meets(), 20 / 1.06);
  EXPECT_LE(*found.meets(), 20);
  EXPECT_GT(*found.fails(), 20);
}

TEST(CapacitySearch, EndsWhereNothingLiesBetween) {
  CapacitySearch found({0.25, 64, 1, 1e-300, false});
  const int probes =
      search(found, [](double load) { return load <= 3.3 ? Verdict::kMeets : Verdict::kFails; });
  EXPECT_LT(probes, 100);
}

TEST(CapacitySearch, BracketsARangeOfDoubtFromBothSides) {
  CapacitySearch found({1.0 / 64, 64, 1, 0.05, false});
  search(found, [](double load) {
    return load <= 3 ? Verdict::kMeets : load <= 5 ? Verdict::kUnsure : Verdict::kFails;
  });
  EXPECT_GT(*found.meets(), 3 / 1.06);
  EXPECT_LE(*found.meets(), 3);
  EXPECT_GT(*found.fails(), 5);
  EXPECT_LE(*found.fails(), 5 * 1.06);
}

TEST(CapacitySearch, StopsAtTheEndsWhenTheAnswerNeverTurns) {
  CapacitySearch always({0.25, 10, 1, 0.05, false});
  search(always, [](double) { return Verdict::kMeets; });
  EXPECT_DOUBLE_EQ(*always.meets(), 10);
  EXPECT_FALSE(always.fails());
  CapacitySearch never({0.25, 10, 1, 0.05, false});
  search(never, [](double) { return Verdict::kFails; });
  EXPECT_FALSE(never.meets());
  EXPECT_DOUBLE_EQ(*never.fails(), 0.25);
  CapacitySearch unsure({0.25, 10, 1, 0.05, false});
  search(unsure, [](double) { return Verdict::kUnsure; });
  EXPECT_FALSE(unsure.meets());
  EXPECT_FALSE(unsure.fails());
}

TEST(CapacitySearch, StaysWithWholeNumbersWhereOnlyTheyMakeSense) {
  CapacitySearch found({1, 1000, 5, 0.05, true});
  search(found, [](double load) {
    EXPECT_EQ(load, std::floor(load));
    return load <= 37 ? Verdict::kMeets : Verdict::kFails;
  });
  EXPECT_DOUBLE_EQ(*found.meets(), 37);
  EXPECT_DOUBLE_EQ(*found.fails(), 38);
}

TEST(CapacitySearch, DoesNotTrustALoadThatMeetsAboveOneThatFailed) {
  CapacitySearch found({0.25, 16, 4, 0.05, false});
  found.add(4, Verdict::kFails);
  found.add(2, Verdict::kMeets);
  found.add(8, Verdict::kMeets);
  EXPECT_DOUBLE_EQ(*found.meets(), 2);
  EXPECT_DOUBLE_EQ(*found.fails(), 4);
}

TEST(LoadAxis, IsLoadTheScenariosKeyAndEveryOtherAxisItself) {
  EXPECT_EQ(axis_settings("load", 2.5), std::vector<std::string>{"workload.load=2.5"});
  EXPECT_EQ(axis_settings("workload.rate_scale", 1.5),
            std::vector<std::string>{"workload.rate_scale=1.5"});
}

}  // namespace
}  // namespace pigou
