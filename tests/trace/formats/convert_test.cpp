// What a format says it holds comes back, for every format that can be written and every trace that
// ships with Pigou; and files go through our own format without losing a byte.
#include <gtest/gtest.h>

#include "io/text_file.hpp"
#include "trace/check.hpp"
#include "trace/every_column.hpp"
#include "trace/format.hpp"
#include "trace/trace_testing.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

struct Source {
  std::string name;
  Trace trace;
};

/// The shipped miniatures, and a trace of each kind with every column filled.
std::vector<Source> sources() {
  std::vector<Source> all = {{"every column, open loop", testing::every_column(false)},
                             {"every column, closed loop", testing::every_column(true)}};
  const std::string folder = source_root() + "/traces/";
  all.push_back({"quickstart", read_trace(folder + "quickstart.jsonl.gz")});
  for (const auto& entry : std::filesystem::directory_iterator(folder + "miniatures"))
    if (entry.path().extension() != ".md")
      all.push_back({entry.path().filename(), read_trace(entry.path().string())});
  return all;
}

/// A way to write a trace: formats, and the kinds of file that one of them has.
struct Target {
  const TraceFormat& format;
  std::string suffix;
};

std::vector<Target> targets() {
  std::vector<Target> all;
  for (const TraceFormat& format : trace_format_table()) {
    if (format.write == nullptr) continue;
    all.push_back({format, std::string(format.suffix)});
    if (format.name == "generic") all.push_back({format, ".jsonl"});
  }
  return all;
}

/// Times from the first request on, as a text format gives them back.
std::vector<SimTime> stepped(const std::vector<SimTime>& times, SimTime step) {
  std::vector<SimTime> out;
  for (const SimTime time : times) out.push_back({time.ps / step.ps * step.ps});
  const SimTime first = out.front();
  for (SimTime& time : out) time = time - first;
  return out;
}

std::vector<std::string> words_of(const Trace& trace, std::string_view name) {
  std::vector<std::string> words;
  if (const LabelColumn* const label = trace.label(name))
    for (const std::uint32_t code : label->code)
      words.push_back(code == kNoIndex ? "(none)" : label->values[code]);
  return words;
}

/// Calendar time of the first request, in nanoseconds; 0 without one.
std::int64_t first_instant(const Trace& trace) {
  if (!trace.calendar_start) return 0;
  const SimTime from_start = trace.closed_loop() ? SimTime{} : trace.arrival.front();
  return trace.calendar_start->seconds * 1'000'000'000 +
         (trace.calendar_start->ps + from_start.ps) / 1000;
}

void expect_held(Trace was, Trace is, const HeldColumns& holds) {
  if (was.closed_loop() && !holds.closed_loop) was = as_it_arrived(std::move(was));
  EXPECT_EQ(fault_of(is), "");
  EXPECT_EQ(is.input_tokens, was.input_tokens);
  EXPECT_EQ(is.output_tokens, was.output_tokens);
  if (holds.closed_loop) {
    EXPECT_EQ(is.arrival, was.arrival);
    EXPECT_EQ(is.think, was.think);
    EXPECT_EQ(is.sessions, was.sessions);
    EXPECT_EQ(is.session_arrival, was.session_arrival);
    EXPECT_EQ(testing::lane_numbers(is), testing::lane_numbers(was));
  } else if (holds.arrival_step != SimTime{}) {
    EXPECT_EQ(stepped(is.arrival, SimTime{1}), stepped(was.arrival, holds.arrival_step));
  }
  if (holds.blocks) {
    if (!holds.reading) number_blocks(was);  // text formats number by first sight
    EXPECT_EQ(is.block_tokens, was.block_tokens);
    EXPECT_EQ(is.distinct_blocks, was.distinct_blocks);
    EXPECT_EQ(is.block_begin, was.block_begin);
    EXPECT_EQ(is.block_ids, was.block_ids);
  }
  const auto same = [](bool held, const auto& a, const auto& b) {
    if (held) {
      EXPECT_EQ(a, b);
    }
  };
  same(holds.previous_turn, is.previous_turn, was.previous_turn);
  same(holds.recorded_ttft, is.recorded_ttft, was.recorded_ttft);
  same(holds.recorded_e2e, is.recorded_service, was.recorded_service);
  same(holds.recorded_cached_tokens, is.recorded_cached_tokens, was.recorded_cached_tokens);
  for (const LabelColumn& label : was.labels)
    for (const std::string_view held : holds.labels)
      same(held == "*" || held == label.name, words_of(is, label.name), words_of(was, label.name));
  same(holds.calendar_start && was.calendar_start, first_instant(is), first_instant(was));
}

std::string bytes_of(const std::string& path) {
  std::vector<char> buffer;
  return std::string(read_whole_file(path, buffer));
}

TEST(Convert, DoesEveryFormatGiveBackWhatItSaysItHolds) {
  const testing::ScratchFolder folder;
  for (const Source& source : sources()) {
    for (const auto& [format, suffix] : targets()) {
      SCOPED_TRACE(source.name + " as " + std::string(format.name) + suffix);
      const std::string path = folder.path("x" + suffix);
      std::filesystem::remove(path);
      const std::string refused =
          testing::error_of([&] { write_trace(source.trace, path, std::string(format.name)); });
      EXPECT_EQ(std::filesystem::exists(path), refused.empty());
      if (!refused.empty()) {
        EXPECT_NE(refused.find("cannot be written"), std::string::npos) << refused;
        continue;
      }
      ReadOptions options;
      options.format = format.name;
      expect_held(source.trace, read_trace(path, options), format.holds);
      EXPECT_EQ(detect_format(path, {}), format.name);
    }
  }
}

/// Readers measure times from the first row, so what lies before it (a ServeGen window) is lost.
Trace from_first(Trace trace) {
  if (trace.closed_loop()) return trace;
  const SimTime first = trace.arrival.front();
  for (SimTime& arrival : trace.arrival) arrival = arrival - first;
  return trace;
}

TEST(Convert, DoFilesOfOursComeBackByteForByteThroughOurOwnFormat) {
  const testing::ScratchFolder folder;
  for (const Source& source : sources()) {
    for (const auto& [format, suffix] : targets()) {
      SCOPED_TRACE(source.name + " as " + std::string(format.name) + suffix);
      const std::string name(format.name);
      const std::string first = folder.path("first" + suffix),
                        again = folder.path("again" + suffix);
      if (!testing::error_of([&] { write_trace(from_first(source.trace), first, name); }).empty())
        continue;
      write_trace(read_trace(first), folder.path("between.h5"));
      write_trace(read_trace(folder.path("between.h5")), again, name);
      EXPECT_TRUE(bytes_of(first) == bytes_of(again));
    }
  }
}

TEST(Convert, DoThePublishedFilesComeBackByteForByte) {
  const std::string traces = data_root() + "/traces/";
  PIGOU_NEEDS_DATA(traces);
  const testing::ScratchFolder folder;
  const std::pair<std::string, std::string> files[] = {
      {"mooncake-fast25/conversation_trace.jsonl.gz", "mooncake"},
      {"azure-llm-2023/AzureLLMInferenceTrace_conv.csv", "azure"}};
  for (const auto& [name, format] : files) {
    write_trace(read_trace(traces + name), folder.path("x.h5"));
    write_trace(read_trace(folder.path("x.h5")), folder.path("again"), format);
    EXPECT_TRUE(bytes_of(traces + name) == bytes_of(folder.path("again"))) << name;
  }
}

TEST(Convert, DoesItSayWhatIsLost) {
  const Trace open = testing::every_column(false);
  const Trace closed = testing::every_column(true);
  EXPECT_EQ(lost_columns(open, find_trace_format("pigou")), "");
  EXPECT_EQ(lost_columns(closed, find_trace_format("pigou")), "");
  const std::string lost = lost_columns(closed, find_trace_format("mooncake"));
  for (const char* const word : {"sessions and think times", "previous turns", "recorded TTFT",
                                 "recorded E2E", "cached", "instance", "calendar", "arrivals"})
    EXPECT_NE(lost.find(word), std::string::npos) << word << ": " << lost;
}

TEST(Convert, DoesItRefuseWhatWouldBeMeaningless) {
  const testing::ScratchFolder folder;
  Trace fine = testing::every_column(false);
  fine.block_tokens = 16;
  const auto error = [&](const Trace& trace, const char* name) {
    return testing::error_of([&] { write_trace(trace, folder.path(name)); });
  };
  EXPECT_NE(error(fine, "x.jsonl").find("512 tokens"), std::string::npos);
  Trace clockless = testing::every_column(true);
  clockless.session_arrival.clear();
  EXPECT_NE(error(clockless, "x.jsonl").find("recorded start"), std::string::npos);
  EXPECT_NE(error(clockless, "x.parquet").find("does not say its format"), std::string::npos);
  EXPECT_EQ(error(clockless, "x.h5"), "");
}

}  // namespace
}  // namespace pigou
