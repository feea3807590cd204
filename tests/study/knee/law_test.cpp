// Do limits and their intervals say what queueing theory, or a much longer replay, says?
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "depth.hpp"
#include "study/knee/knee.hpp"

namespace pigou {
namespace {

/// A scenario file for as long as the object lives.
class ScenarioFile {
 public:
  explicit ScenarioFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              ("pigou-knee-" + std::to_string(::getpid()) + ".json")) {
    std::ofstream(path_) << text;
  }
  ~ScenarioFile() { std::filesystem::remove(path_); }
  ScenarioFile(const ScenarioFile&) = delete;
  ScenarioFile& operator=(const ScenarioFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

KneeTask found(const std::string& scenario, std::vector<double> loads, std::size_t parts) {
  const ScenarioFile file(scenario);
  KneeTask task;
  ScenarioRequest request;
  request.file = file.path();
  task.cells = knee_cells(request, {}, {});
  task.loads = {std::move(loads), true};
  task.parts = parts;
  task.cost = SocialCost::kE2e;
  find_knees(task, 2, [](const KneeProgress&) { return true; });
  return task;
}

/// `servers` of constant service 10 ms, the shortest queue, at utilisation 0.5 under load 1.
std::string constant_servers(int servers, std::uint64_t seed) {
  return R"({"workload": {"synth": {"requests": 60000, "rate": )" + std::to_string(50 * servers) +
         R"(, "input": 32, "output": 1, "block_tokens": 0, "seed": )" + std::to_string(seed) +
         R"(}}, "cluster": {"pools": [{"step_s": 0.01, "engine": {"kv_tokens": 1600,
              "max_num_seqs": 1, "max_num_batched_tokens": 64}, "count": )" +
         std::to_string(servers) + R"(}]}, "router": {"name": "least-outstanding"}})";
}

TEST(KneeLaw, IsTheLimitOfConstantServersTheirWholeCapacity) {
  for (const int servers : {8, 1, 64}) {
    if (servers != 8 && depth() <= 1) break;  // the same arrivals, three times as long to run
    const KneeTask task = found(constant_servers(servers, 1), {1.75, 1.9, 2.05, 2.2}, 8);
    const KneeCell& cell = task.cells.front();
    ASSERT_TRUE(cell.limit.load) << servers;
    const double busy = cell.whole.rate_per_s * 0.01 / servers;  // at load 1
    const double low = cell.limit.low * busy, high = cell.limit.high * busy;
    std::cout << servers << " servers: limit at utilisation " << *cell.limit.load * busy << ", "
              << low << " to " << high << "\n";
    EXPECT_LE(low, 1) << servers;
    EXPECT_GE(high, 1) << servers;
    EXPECT_LE(high - low, 0.03) << servers;
  }
}

/// Bursty arrivals on four instances; with system prompts some requests share, or none.
std::string bursty(bool prefixes, std::uint64_t requests, std::uint64_t seed) {
  return R"({"workload": {"synth": {"requests": )" + std::to_string(requests) +
         R"(, "rate": 2.5, "arrivals": "gamma", "cv": 1.2, "output": "lognormal:20:0.5:1:400",
             "input": "lognormal:900:0.4:100:6000", "seed": )" +
         std::to_string(seed) +
         (prefixes ? R"(, "groups": 12, "system_tokens": 1024, "zipf": 1)" : "") +
         R"(}}, "cluster": {"pools": [{"count": 4, "prefill_s_per_token": 0.0008,
             "decode_step_s": 0.01, "engine": {"kv_tokens": 4000000, "max_num_seqs": 64}}]},
             "router": {"name": ")" +
         (prefixes ? "dynamo-kv@2026-08" : "least-outstanding") + R"("}})";
}

/// The limit of a trace 50 times as long.
double true_limit(bool prefixes, std::uint64_t requests) {
  const KneeTask task = found(bursty(prefixes, 50 * requests, 1000), {1.7, 2, 2.3, 2.6}, 4);
  EXPECT_TRUE(task.cells.front().limit.load);
  return task.cells.front().limit.load.value_or(0);
}

struct Coverage {
  int traces = 0, covered = 0;
  std::vector<double> widths;
};

Coverage coverage_of(bool prefixes, std::uint64_t requests, std::uint32_t traces) {
  const double limit = true_limit(prefixes, requests);
  Coverage coverage;
  for (std::uint64_t seed = first_seed(); seed < first_seed() + traces; ++seed) {
    const KneeTask task =
        found(bursty(prefixes, requests, seed),
              {0.6 * limit, 0.75 * limit, 0.94 * limit, 1.17 * limit, 1.46 * limit}, 4);
    const KneeEstimate& found_limit = task.cells.front().limit;
    ++coverage.traces;
    if (!(found_limit.low <= limit && limit <= found_limit.high)) continue;
    ++coverage.covered;
    coverage.widths.push_back((found_limit.high - found_limit.low) / limit);
  }
  return coverage;
}

TEST(KneeLaw, DoIntervalsCoverTheLimitOfATraceFiftyTimesAsLong) {
  // 200 traces of 8,000 requests in the long form; there the width counts, too.
  const bool whole = depth() > 1;
  const std::uint64_t requests = whole ? 8000 : 1000;
  const std::uint32_t traces = draws(8, "traces with bursts, half with shared prefixes") / 2;
  Coverage all;
  for (const bool prefixes : {false, true}) {
    if (!whole && !prefixes) continue;  // one truth is enough of a short search
    const Coverage some = coverage_of(prefixes, requests, std::max(1U, traces));
    all.traces += some.traces;
    all.covered += some.covered;
    all.widths.insert(all.widths.end(), some.widths.begin(), some.widths.end());
  }
  std::ranges::sort(all.widths);
  ASSERT_FALSE(all.widths.empty());
  const double median = all.widths[all.widths.size() / 2];
  std::cout << all.covered << " of " << all.traces << " intervals cover, median width "
            << 100 * median << " %\n";
  EXPECT_GE(all.covered, whole ? 0.9 * all.traces : 0.7 * all.traces);
  if (!whole) return;
  EXPECT_LE(all.covered, 0.99 * all.traces);
  EXPECT_LE(median, 0.15);
}

}  // namespace
}  // namespace pigou
