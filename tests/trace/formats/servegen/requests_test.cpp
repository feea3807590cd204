// ServeGen client data: reading it, what it says, and the requests drawn from it.
#include "trace/formats/servegen/requests.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using testing::error_of;
using testing::ScratchFolder;

std::string miniature() { return source_root() + "/traces/miniatures/servegen"; }

void expect_words(const std::string& message, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "no '" << word << "' in: " << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

ReadOptions with(const std::vector<std::pair<std::string, std::string>>& entries) {
  ReadOptions options;
  for (const auto& [key, value] : entries) set_read_option(options, key, value);
  return options;
}

struct Row {
  std::int64_t ps;
  std::uint32_t input, output;
  auto operator<=>(const Row&) const = default;
};

/// The rows of one tenant, or of all, moved by `shift`.
std::vector<Row> rows_of(const Trace& trace, const std::string& tenant = "", SimTime shift = {}) {
  std::vector<Row> rows;
  const LabelColumn& label = *trace.label("tenant");
  for (std::size_t row = 0; row < trace.rows(); ++row)
    if (tenant.empty() || label.values[label.code[row]] == tenant)
      rows.push_back(
          {(trace.arrival[row] + shift).ps, trace.input_tokens[row], trace.output_tokens[row]});
  return rows;
}

TEST(ServeGenData, AreHistogramsReadInTheirPythonForm) {
  LengthHistogram histogram;
  ASSERT_TRUE(parse_length_histogram("{12: 0.5, 40: 0.25, 7:2.5e-1}", histogram));
  EXPECT_EQ(histogram.tokens, (std::vector<std::uint32_t>{7, 12, 40}));
  EXPECT_EQ(histogram.cumulative, (std::vector<double>{0.25, 0.75, 1}));
  EXPECT_EQ(histogram.at(0), 7U);
  EXPECT_EQ(histogram.at(0.25), 12U);
  EXPECT_EQ(histogram.at(0.749), 12U);
  EXPECT_EQ(histogram.at(0.75), 40U);
  ASSERT_TRUE(parse_length_histogram("{}", histogram));
  EXPECT_TRUE(histogram.empty());
  for (const char* const text :
       {"", "{", "{1}", "{1: }", "{1: 0.5", "{1: 0.5,}", "{1.5: 1}", "{-1: 1}", "{1: -1}",
        "{1: nan}", "{1: inf}", "{1: 1} x", "[1]", "{'1': 1}", "{1: 1 2: 1}", "{1e9: 1}"})
    EXPECT_FALSE(parse_length_histogram(text, histogram)) << text;
}

TEST(ServeGenData, DoesItReadClientsWindowsAndMissingLengths) {
  const ServeGenData data = read_servegen_data(miniature(), {});
  ASSERT_EQ(data.clients.size(), 4U);
  EXPECT_EQ(data.begin_s, 20'400);
  EXPECT_EQ(data.end_s, 22'800);
  EXPECT_EQ(data.clients[3].number, 10U);
  EXPECT_FALSE(data.clients[3].has_lengths());
  const ServeGenClient& first = data.clients[0];
  ASSERT_EQ(first.windows.size(), 4U);
  EXPECT_EQ(first.windows[0].rate, 0.1);
  EXPECT_EQ(first.windows[0].cv, 2);
  EXPECT_EQ(first.windows[2].rate, 0);
  EXPECT_EQ(first.windows[3].family, GapFamily::kWeibull);
  EXPECT_EQ(first.lengths_at(21'599), &first.lengths[0]);
  EXPECT_EQ(first.lengths_at(21'600), &first.lengths[1]);
  // Client 2 has nothing before 21600: what comes first stands in.
  EXPECT_EQ(data.clients[2].lengths_at(0), &data.clients[2].lengths[1]);
}

TEST(ServeGenData, DoBrokenFilesNameWhatIsWrong) {
  const auto error_with = [](const std::string& name, const std::string& text) {
    const ScratchFolder folder;
    folder.write("chunk-3-trace.csv", "0,0.5,1,Gamma,1,2\n600,0,0,,0,0\n");
    folder.write("chunk-3-dataset.json",
                 R"({"0": {"input_tokens": "{1: 1.0}", "output_tokens": "{2: 1.0}"}})");
    folder.write(name, text);
    const std::string message = error_of([&] { read_trace(folder.path()); });
    ReadOptions lenient;
    lenient.lenient = true;
    if (!message.empty()) {
      EXPECT_EQ(read_servegen_data(folder.path(), lenient).skipped_rows, 1U);
    }
    return message;
  };
  EXPECT_EQ(error_with("other.csv", ""), "");
  const std::string good = "0,0.5,1,Gamma,1,2\n";
  expect_words(error_with("chunk-3-trace.csv", good + "600,1,1,Pareto,1,2\n"),
               {"chunk-3-trace.csv' line 2", "'Pareto'", "Gamma or Weibull"});
  expect_words(error_with("chunk-3-trace.csv", good + "600,1,1,,1,2\n"), {"family"});
  expect_words(error_with("chunk-3-trace.csv", good + "600,-1,1,Gamma,1,2\n"), {"rate", "'-1'"});
  expect_words(error_with("chunk-3-trace.csv", good + "0,1,1,Gamma,1,2\n"), {"rising times"});
  expect_words(error_with("chunk-3-trace.csv", good + "600,1,1,Gamma\n"), {"4 fields"});
  expect_words(error_with("chunk-3-dataset.json", "{"), {"chunk-3-dataset.json", "broken JSON"});
  expect_words(error_with("chunk-3-dataset.json", R"({"0": {"input_tokens": "{1: 1.0}"}})"),
               {"entry 1", "output_tokens", "0.75"});
  expect_words(error_with("chunk-3-dataset.json", R"({"0": [1]})"), {"JSON object is expected"});
}

TEST(ServeGenFacts, AreTheyRightOnTheMiniature) {
  const ServeGenFacts facts = servegen_facts(read_servegen_data(miniature(), {}), {});
  EXPECT_EQ(facts.clients, 4U);
  EXPECT_EQ(facts.windows, 4U);
  EXPECT_EQ(facts.window_s, 600);
  EXPECT_EQ(facts.span_s, 2'400);
  EXPECT_NEAR(facts.requests, 60 + 90 + 48 + 30 + 24 + 36 + 12 + 45 + 45 + 15, 1e-9);
  EXPECT_NEAR(facts.mean_rate, 405.0 / 2'400, 1e-12);
  EXPECT_NEAR(facts.peak_rate, (60 + 30 + 45) / 600.0, 1e-12);
  EXPECT_EQ(facts.largest_client, 0U);
  EXPECT_NEAR(facts.largest_share, 198.0 / 405, 1e-12);
  EXPECT_NEAR(facts.idle_share, 6.0 / 16, 1e-12);
  EXPECT_EQ(facts.missing_lengths, std::vector<std::uint32_t>{10});
  EXPECT_NEAR(facts.missing_share, 105.0 / 405, 1e-12);
  EXPECT_EQ(facts.drawn_clients, 3U);
  EXPECT_NEAR(facts.drawn_requests, 300, 1e-9);
}

TEST(ServeGen, DoesEveryWindowHoldItsRecordedRequests) {
  const Trace trace = read_trace(miniature());
  EXPECT_EQ(trace.format, "servegen");
  ASSERT_EQ(trace.rows(), 300U);
  std::map<std::pair<std::string, std::int64_t>, int> count;
  const LabelColumn& tenant = *trace.label("tenant");
  for (std::size_t row = 0; row < trace.rows(); ++row)
    ++count[{tenant.values[tenant.code[row]], trace.arrival[row].ps / (600 * kPsPerSecond)}];
  const std::map<std::pair<std::string, std::int64_t>, int> recorded = {
      {{"0", 0}, 60}, {{"0", 1}, 90}, {{"0", 3}, 48}, {{"1", 0}, 30},
      {{"1", 2}, 24}, {{"1", 3}, 36}, {{"2", 3}, 12}};
  EXPECT_EQ(count, recorded);
  EXPECT_TRUE(std::is_sorted(trace.arrival.begin(), trace.arrival.end()));
  ASSERT_EQ(trace.passed_over.size(), 1U);
  EXPECT_EQ(trace.passed_over[0].kind, "clients without a length file");
}

TEST(ServeGen, IsARequestTheSameWhateverElseIsRead) {
  const Trace all = read_trace(miniature());
  const Trace again = read_trace(miniature() + "/");
  EXPECT_EQ(rows_of(all), rows_of(again));
  const Trace two = read_trace(miniature(), with({{"clients", "2,0"}}));
  EXPECT_EQ(rows_of(two, "0"), rows_of(all, "0"));
  EXPECT_EQ(rows_of(two, "2"), rows_of(all, "2"));
  EXPECT_TRUE(rows_of(two, "1").empty());
  const Trace busiest = read_trace(miniature(), with({{"max_clients", "1"}}));
  EXPECT_EQ(rows_of(busiest), rows_of(all, "0"));
  const Trace part = read_trace(miniature(), with({{"window_s", "300:1500"}}));
  std::vector<Row> inside;
  for (const Row& row : rows_of(all))
    if (row.ps >= 300 * kPsPerSecond && row.ps < 1'500 * kPsPerSecond) inside.push_back(row);
  EXPECT_EQ(rows_of(part, "", {300 * kPsPerSecond}), inside);
  EXPECT_FALSE(inside.empty());
  const Trace other = read_trace(miniature(), with({{"seed", "2"}}));
  EXPECT_EQ(other.rows(), all.rows());
  EXPECT_NE(rows_of(other), rows_of(all));
}

TEST(ServeGen, DoesRateScaleScaleEveryWindow) {
  EXPECT_EQ(read_trace(miniature(), with({{"rate_scale", "3"}})).rows(), 900U);
  // 300 x 0.11: whole requests per window are settled by draws, so only nearly.
  double rows = 0;
  for (int seed = 1; seed <= 50; ++seed)
    rows += static_cast<double>(
        read_trace(miniature(), with({{"rate_scale", "0.11"}, {"seed", std::to_string(seed)}}))
            .rows());
  EXPECT_NEAR(rows / 50, 33, 0.6);  // 7 windows of variance at most 1/4: 0.19 for the mean of 50
}

/// Mean over seeds of the squared sample cv of all n + 1 pieces the requests cut the window into.
double squared_cv(const std::string& family, int requests, double cv, int seeds) {
  const ScratchFolder folder;
  folder.write("chunk-0-trace.csv", "0," + std::to_string(requests / 600.0) + "," +
                                        std::to_string(cv) + "," + family + ",1,1\n");
  folder.write("chunk-0-dataset.json",
               R"({"0": {"input_tokens": "{1: 1.0}", "output_tokens": "{2: 1.0}"}})");
  double sum = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const Trace trace = read_trace(folder.path(), with({{"seed", std::to_string(seed)}}));
    EXPECT_EQ(trace.rows(), static_cast<std::size_t>(requests));
    const double mean = 600.0 / (requests + 1);
    double before = 0, squares = 0;
    for (std::size_t row = 0; row <= trace.rows(); ++row) {
      const double at = row < trace.rows() ? to_seconds(trace.arrival[row]) : 600;
      squares += (at - before - mean) * (at - before - mean);
      before = at;
    }
    sum += squares / (requests + 1) / (mean * mean);
  }
  return sum / seeds;
}

TEST(ServeGen, DoDrawnGapsHaveTheRecordedVariation) {
  EXPECT_NEAR(std::sqrt(squared_cv("Gamma", 600, 1.5, 40)), 1.5, 0.03);
  EXPECT_NEAR(std::sqrt(squared_cv("Gamma", 60, 3, 400)), 3, 0.1);
  EXPECT_NEAR(std::sqrt(squared_cv("Weibull", 600, 0.6, 40)), 0.6, 0.02);
  EXPECT_NEAR(std::sqrt(squared_cv("Weibull", 600, 2, 200)), 2, 0.1);
}

TEST(ServeGen, DoLengthsFollowTheHistogramOfTheirWindow) {
  const ScratchFolder folder;
  folder.write("chunk-0-trace.csv", "21000,50,1,Gamma,1,1\n21600,50,1,Gamma,1,1\n");
  folder.write("chunk-0-dataset.json",
               R"({"21600": {"input_tokens": "{5: 1}", "output_tokens": "{0: 0.1, 6: 0.9}"},)"
               R"( "0": {"input_tokens": "{10: 0.25, 20: 0.75}", "output_tokens": "{7: 1}"}})");
  const Trace trace = read_trace(folder.path());
  ASSERT_EQ(trace.rows(), 60'000U);
  double tens = 0, zeros = 0;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const bool early = trace.arrival[row].ps < 600 * kPsPerSecond;
    ASSERT_TRUE(early ? trace.output_tokens[row] == 7 : trace.input_tokens[row] == 5);
    tens += trace.input_tokens[row] == 10;
    zeros += trace.output_tokens[row] == 0;
  }
  EXPECT_NEAR(tens / 30'000, 0.25, 0.01);
  EXPECT_NEAR(zeros / 30'000, 0.1, 0.007);
}

TEST(ServeGen, AreReadsThatCannotBeMeantRefused) {
  const auto error_with = [](const std::string& key, const std::string& value) {
    return error_of([&] { read_trace(miniature(), with({{key, value}})); });
  };
  expect_words(error_with("clients", "0,5"), {"client 5", "no such client"});
  expect_words(error_with("clients", "10"), {"none chosen has a length file"});
  expect_words(error_with("window_s", "2400:"), {"empty", "2400 s"});
  expect_words(error_with("rate_scale", "100000"),
               {"would draw 30000000 requests", "at most 25000000", "max_clients"});
}

}  // namespace
}  // namespace pigou
