// Our own format: nothing lost, nothing trusted.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "depth.hpp"
#include "io/hdf5_writer.hpp"
#include "io/text_file.hpp"
#include "trace/check.hpp"
#include "trace/every_column.hpp"
#include "trace/formats/pigou_h5/reader.hpp"
#include "trace/statistics/overview.hpp"
#include "trace/trace_testing.hpp"
#include "trace/writer.hpp"
#include "workload/segments.hpp"

namespace pigou {
namespace {

using testing::every_column;

std::string bytes_of(const std::string& path) {
  std::vector<char> buffer;
  return std::string(read_whole_file(path, buffer));
}

std::map<std::string, std::vector<std::int64_t>> stored(const Trace& trace) {
  std::map<std::string, std::vector<std::int64_t>> all;
  for_each_stored_number(trace, [&](const char* path, auto number, auto&&...) {
    all[path] = {static_cast<std::int64_t>(number)};
  });
  for_each_stored_column(trace, [&](const char* path, const auto& column, auto&&...) {
    for (const auto entry : column)
      if constexpr (std::is_same_v<decltype(entry), const SimTime>)
        all[path].push_back(entry.ps);
      else
        all[path].push_back(static_cast<std::int64_t>(entry));
  });
  return all;
}

TEST(PigouH5, DoesEveryColumnComeBack) {
  const testing::ScratchFolder folder;
  for (const bool closed_loop : {false, true}) {
    const Trace was = every_column(closed_loop);
    ASSERT_EQ(fault_of(was), "");
    write_trace(was, folder.path("x.h5"));
    const Trace is = read_trace(folder.path("x.h5"));
    EXPECT_EQ(is.format, was.format);
    EXPECT_EQ(stored(is), stored(was));
    EXPECT_EQ(testing::lane_numbers(is), testing::lane_numbers(was));
    ASSERT_EQ(is.labels.size(), was.labels.size());
    for (std::size_t i = 0; i < is.labels.size(); ++i) {
      EXPECT_EQ(is.labels[i].name, was.labels[i].name);
      EXPECT_EQ(is.labels[i].values, was.labels[i].values);
      EXPECT_EQ(is.labels[i].code, was.labels[i].code);
    }
    EXPECT_EQ(is.calendar_start, was.calendar_start);
    ASSERT_EQ(is.passed_over.size(), 1U);
    EXPECT_EQ(is.passed_over[0].kind, "tool_end events");
    EXPECT_EQ(is.passed_over[0].count, 7U);
    EXPECT_EQ(is.timeless, was.timeless);
  }
}

TEST(PigouH5, AreTwoFilesOfOneTraceTheSameBytes) {
  const testing::ScratchFolder folder;
  write_trace(every_column(true), folder.path("a.h5"));
  write_trace(every_column(true), folder.path("b.h5"));
  EXPECT_TRUE(bytes_of(folder.path("a.h5")) == bytes_of(folder.path("b.h5")));
}

TEST(PigouH5, DoesAWindowReadAsFromOtherFormats) {
  const testing::ScratchFolder folder;
  write_trace(every_column(false), folder.path("x.h5"));
  ReadOptions options;
  set_read_option(options, "window_s", "4:12");
  const Trace part = read_trace(folder.path("x.h5"), options);
  EXPECT_EQ(part.rows(), 8U);
  EXPECT_EQ(part.arrival.front(), SimTime{1});
  EXPECT_EQ(part.calendar_start->seconds, 1'700'000'004);
  set_read_option(options, "window_s", "900:901");
  EXPECT_NE(testing::error_of([&] { read_trace(folder.path("x.h5"), options); }).find("is empty"),
            std::string::npos);
}

TEST(PigouH5, IsAFaultNamedWhicheverPromiseBreaks) {
  const testing::ScratchFolder folder;
  const auto error_after = [&](auto&& change) {
    Trace trace = every_column(true);
    change(trace);
    write_pigou_h5(trace, folder.path("x.h5"));
    return testing::error_of([&] { read_trace(folder.path("x.h5")); });
  };
  const std::pair<const char*, std::string> cases[] = {
      {"differ in length", error_after([](Trace& t) { t.output_tokens.pop_back(); })},
      {"differ in length", error_after([](Trace& t) { t.labels[0].code.pop_back(); })},
      {"out of range", error_after([](Trace& t) { t.input_tokens[3] = 100'000'001; })},
      {"think time of row 5", error_after([](Trace& t) { t.think[5] = {-5}; })},
      {"cached tokens of row 9",
       error_after([](Trace& t) { t.recorded_cached_tokens[9] = 1 << 30; })},
      {"two predecessors",
       error_after([](Trace& t) { std::swap(t.block_ids[0], t.block_ids[1]); })},
      {"number of block ids", error_after([](Trace& t) { ++t.block_begin[1]; })},
      {"turn of row 1", error_after([](Trace& t) { t.previous_turn[1] = 1; })},
      {"lane 3", error_after([](Trace& t) { t.lanes[3].trigger = 1; })},
      {"lane 1", error_after([](Trace& t) { t.lanes[1].first_row = 4; })},
      {"session starts", error_after([](Trace& t) { t.session_arrival.pop_back(); })},
      {"is no word", error_after([](Trace& t) { t.labels[1].code[7] = 9; })},
      {"twice", error_after([](Trace& t) { t.labels[1].name = t.labels[0].name; })},
      {"calendar", error_after([](Trace& t) { t.calendar_start->ps = -1; })},
  };
  for (const auto& [words, error] : cases)
    EXPECT_NE(error.find(words), std::string::npos) << words << ": " << error;
}

TEST(PigouH5, AreOtherFilesTurnedAwayByName) {
  const testing::ScratchFolder folder;
  const auto error = [&](const std::string& path) {
    return testing::error_of([&] { read_trace(path); });
  };
  const auto make = [&](const char* name, const char* kind, int version) {
    Hdf5Writer writer(folder.path(name));
    const int versions[] = {version, 0};
    if (*kind != '\0') writer.attribute("/", "filetype", kind);
    writer.attribute("/", "format_version", versions);
    writer.commit();
    return folder.path(name);
  };
  EXPECT_NE(error(make("a.h5", "pigou-run", 1)).find("result file"), std::string::npos);
  EXPECT_NE(error(make("b.h5", "", 1)).find("no Pigou trace"), std::string::npos);
  EXPECT_NE(error(make("c.h5", "pigou-trace", 2)).find("format version 2"), std::string::npos);
  EXPECT_NE(error(make("d.h5", "pigou-trace", 1)).find("is missing"), std::string::npos);
  EXPECT_NE(error(folder.write("e.h5", "\x89HDF\r\n\x1a\njunk")).find("no HDF5"),
            std::string::npos);
}

/// Bytes changed, cut, repeated and moved.
std::string mutate(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (std::uint32_t round = 0; round <= below(3); ++round) {
    const std::size_t at = below(bytes.size());
    const std::size_t length = std::min(bytes.size() - at, 1 + below(64));
    switch (below(7)) {
      case 0:
      case 1:
        if (!bytes.empty()) bytes[at] = static_cast<char>(random());
        break;
      case 2:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 3:
        bytes.replace(at, length, std::string(length, below(2) == 0 ? '\0' : '\xff'));
        break;
      case 4:
        bytes.replace(at, length, bytes.substr(below(bytes.size()), length));
        break;
      case 5:
        bytes.erase(at, length);
        break;
      default:
        if (below(3) == 0) bytes.resize(at);
        break;
    }
  }
  return bytes;
}

TEST(PigouH5, DoesItSurviveBrokenFiles) {
  const int mutations = static_cast<int>(at_depth(2'000));
  const testing::ScratchFolder folder;
  std::mt19937 random(11);
  int good = 0, checked = 0;
  for (const bool closed_loop : {false, true}) {
    write_trace(every_column(closed_loop), folder.path("x.h5"));
    const std::string bytes = bytes_of(folder.path("x.h5"));
    for (std::uint32_t count = 0, end = draws(1'000, "mutants"); count < end; ++count) {
      const std::string path = folder.write("y.h5", mutate(bytes, random));
      try {
        ReadOptions options;
        options.format = "pigou";
        const Trace trace = read_trace(path, options);
        compute_statistics(trace);
        build_segments(trace, 16);
        ++good;
      } catch (const UserError& error) {
        checked += std::string(error.what()).find("cannot read") != std::string::npos;
      }
    }
  }
  EXPECT_GE(good, mutations / 50);     // some survive,
  EXPECT_GE(checked, mutations / 50);  // and some get as far as our own checks
}

}  // namespace
}  // namespace pigou
