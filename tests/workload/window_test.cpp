// Reading a part by time means the same in every format.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "trace/reader.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

struct Row {
  std::int64_t ps;
  std::uint32_t input, output;
  auto operator<=>(const Row&) const = default;
};

std::vector<Row> rows_of(const Trace& trace) {
  std::vector<Row> rows;
  for (std::size_t row = 0; row < trace.rows(); ++row)
    rows.push_back({trace.arrival[row].ps, trace.input_tokens[row], trace.output_tokens[row]});
  return rows;
}

std::vector<std::string> small_traces() {
  const std::string root = source_root() + "/traces/";
  std::set<std::string> paths = {root + "quickstart.jsonl.gz"};
  for (const auto& entry : std::filesystem::directory_iterator(root + "miniatures"))
    paths.insert(entry.path().string());
  return {paths.begin(), paths.end()};
}

TEST(ReadWindow, IsItTheSamePartInEveryFormat) {
  std::set<std::string> formats;
  for (const std::string& path : small_traces()) {
    SCOPED_TRACE(path);
    const Trace whole = read_trace(path);
    ReadOptions options;
    if (whole.closed_loop() || whole.timeless) {
      options.begin_s = 0;
      EXPECT_NE(testing::error_of([&] { read_trace(path, options); }).find("window"),
                std::string::npos);
      continue;
    }
    formats.insert(whole.format);
    const std::size_t rows = whole.rows();
    const SimTime begin = whole.arrival[rows / 3];
    const SimTime end = whole.arrival[rows - 1];
    options.begin_s = to_seconds(begin);
    if (end > begin) options.end_s = to_seconds(end);
    std::vector<Row> inside;
    for (Row row : rows_of(whole)) {
      if (row.ps < begin.ps || (end > begin && row.ps >= end.ps)) continue;
      row.ps -= begin.ps;
      inside.push_back(row);
    }
    const Trace part = read_trace(path, options);
    EXPECT_EQ(rows_of(part), inside);
    for (const LabelColumn& label : part.labels) EXPECT_EQ(label.code.size(), part.rows());
    for (const std::uint32_t id : part.block_ids) ASSERT_LT(id, part.distinct_blocks);
  }
  EXPECT_GE(formats.size(), 8U);  // or the folder was not found
}

}  // namespace
}  // namespace pigou
