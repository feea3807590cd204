// How fast each trace format is read: bytes and requests a second of read_trace as a whole, from
// files in the page cache, on data made here. PIGOU_BENCH_REQUESTS sets the requests of the large
// HDF5 trace (10,000,000).
#include <benchmark/benchmark.h>

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/format_texts.hpp"
#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "paths.hpp"
#include "trace/format.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

/// Files of one run, removed at its end.
class BenchFolder {
 public:
  BenchFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("pigou-bench-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~BenchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

const BenchFolder& folder() {
  static const BenchFolder one;
  return one;
}

/// Conversations of up to `turns` prompts that grow by `growth` blocks each, side by side: like the
/// published traces, a third of the blocks has been seen before when `turns` is 2.
Trace conversations(std::size_t rows, std::uint32_t block_tokens, std::uint32_t growth,
                    std::uint32_t turns) {
  constexpr std::size_t kTogether = 64;
  Trace trace;
  trace.format = "bench";
  trace.block_tokens = block_tokens;
  if (block_tokens != 0) trace.block_begin.push_back(0);
  LabelColumn tenant{"tenant", {"0", "1", "2"}, {}};
  std::vector<std::vector<std::uint32_t>> open(kTogether);
  const RandomStream draws(1, "bench.conversations");
  std::uint32_t next = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    auto& ids = open[row % kTogether];
    if (ids.size() >= std::size_t{growth} * turns) ids.clear();
    for (std::uint32_t i = 0; i < growth && block_tokens != 0; ++i) ids.push_back(next++);
    const auto jitter = static_cast<std::uint32_t>(draws.uniform(row) * 400);
    trace.arrival.push_back({static_cast<std::int64_t>(row) * 300'000'000'000 / 1000 * 10});
    trace.input_tokens.push_back(
        block_tokens == 0 ? 800 + jitter : static_cast<std::uint32_t>(ids.size()) * block_tokens);
    trace.output_tokens.push_back(100 + jitter);
    tenant.code.push_back(static_cast<std::uint32_t>(row % 3));
    if (block_tokens == 0) continue;
    trace.block_ids.insert(trace.block_ids.end(), ids.begin(), ids.end());
    trace.block_begin.push_back(trace.block_ids.size());
  }
  trace.distinct_blocks = next;
  trace.labels.push_back(std::move(tenant));
  return trace;
}

/// The file that `trace` is written to, once.
std::string written(const std::string& name, const Trace& trace, const std::string& format) {
  const std::string path = folder().file(name);
  if (!std::filesystem::exists(path)) write_trace(trace, path, format);
  return path;
}

void read_file(benchmark::State& state, const std::string& path, const std::string& format) {
  ReadOptions options;
  options.format = format;
  std::size_t rows = 0;
  try {
    for (auto _ : state) rows = read_trace(path, options).rows();
  } catch (const UserError& error) {
    state.SkipWithError(error.what());
    return;
  }
  const auto runs = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(runs * static_cast<std::int64_t>(rows));
  state.SetBytesProcessed(runs * static_cast<std::int64_t>(std::filesystem::file_size(path)));
}

/// A file of the formats that Pigou writes.
struct Written {
  const char* format;
  const char* suffix;
  std::size_t rows;
  std::uint32_t block_tokens, growth, turns;
};
constexpr Written kWritten[] = {
    {"mooncake", ".jsonl", 200'000, 512, 16, 2}, {"bailian", ".jsonl", 100'000, 16, 64, 2},
    {"generic", ".jsonl", 200'000, 512, 16, 2},  {"generic", ".csv", 1'000'000, 0, 0, 0},
    {"azure", ".csv", 1'000'000, 0, 0, 0},       {"burstgpt", ".csv", 1'000'000, 0, 0, 0},
    {"vtc", ".csv", 1'000'000, 0, 0, 0},         {"vidur", ".csv", 1'000'000, 0, 0, 0},
};

/// A file that no writer of ours makes: `document` of all rows, or `line` for each.
struct Composed {
  const char* format;
  const char* suffix;
  std::uint64_t rows;
  std::string (*line)(std::uint64_t row);
  std::string (*document)(std::uint64_t rows);
};
constexpr Composed kComposed[] = {
    {"hashed", ".jsonl", 50'000, bench::hashed_line, nullptr},
    {"dynamo", ".jsonl", 50'000, bench::dynamo_line, nullptr},
    {"vllm-log", ".log", 10'000, bench::vllm_log_lines, nullptr},
    {"sglang-log", ".jsonl", 10'000, bench::sglang_log_line, nullptr},
    {"otel", ".jsonl", 100'000, bench::otel_line, nullptr},
    {"inference-perf", ".json", 100'000, nullptr, bench::inference_perf_document},
    {"vllm-bench", ".json", 200'000, nullptr, bench::vllm_bench_document},
    {"claude-code", ".json", 10'000, nullptr, bench::claude_code_document},
};

void read_composed(benchmark::State& state, const Composed& file) {
  const std::string path = folder().file(std::string(file.format) + file.suffix);
  if (!std::filesystem::exists(path)) {
    std::ofstream out(path);
    if (file.document != nullptr) out << file.document(file.rows);
    for (std::uint64_t row = 0; file.line != nullptr && row < file.rows; ++row)
      out << file.line(row);
  }
  read_file(state, path, file.format);
}

const bool registered = [] {
  for (const Written& file : kWritten)
    benchmark::RegisterBenchmark(
        (std::string("read/") + file.format + file.suffix).c_str(),
        [&file](benchmark::State& state) {
          const Trace trace = conversations(file.rows, file.block_tokens, file.growth, file.turns);
          read_file(state, written(std::string(file.format) + file.suffix, trace, file.format),
                    file.format);
        })
        ->Unit(benchmark::kMillisecond);
  for (const Composed& file : kComposed)
    benchmark::RegisterBenchmark((std::string("read/") + file.format + file.suffix).c_str(),
                                 [&file](benchmark::State& state) { read_composed(state, file); })
        ->Unit(benchmark::kMillisecond);
  return true;
}();

/// A generator, not a reader: requests a second it draws.
void BM_servegen_draws(benchmark::State& state) {
  ReadOptions options;
  options.format = "servegen";
  std::size_t rows = 0;
  for (auto _ : state)
    rows = read_trace(source_root() + "/traces/miniatures/servegen", options).rows();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}
BENCHMARK(BM_servegen_draws)->Unit(benchmark::kMillisecond);

std::size_t large_rows() {
  const char* const named = std::getenv("PIGOU_BENCH_REQUESTS");
  return named ? std::strtoull(named, nullptr, 10) : 10'000'000;
}

void BM_pigou_h5_ten_blocks(benchmark::State& state) {
  const std::string path = folder().file("large.h5");
  if (!std::filesystem::exists(path))
    write_trace(conversations(large_rows(), 512, 5, 3), path, "pigou");
  read_file(state, path, "pigou");
}
BENCHMARK(BM_pigou_h5_ten_blocks)->Unit(benchmark::kMillisecond);

void BM_pigou_h5_without_blocks(benchmark::State& state) {
  const std::string path = folder().file("plain.h5");
  if (!std::filesystem::exists(path))
    write_trace(conversations(large_rows(), 0, 0, 0), path, "pigou");
  read_file(state, path, "pigou");
}
BENCHMARK(BM_pigou_h5_without_blocks)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pigou
