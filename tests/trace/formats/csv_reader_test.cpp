// The CSV formats with named columns: BurstGPT, VTC, Vidur; Azure 2024; reading a part by time.
#include <gtest/gtest.h>

#include "trace/reader.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using testing::error_of;
using testing::ScratchFolder;
using Tokens = std::vector<std::uint32_t>;

std::string miniature(const std::string& name) {
  return source_root() + "/traces/miniatures/" + name;
}

void expect_words(const std::string& message, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "no '" << word << "' in: " << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

std::string read_error(const std::string& path, const ReadOptions& options = {}) {
  return error_of([&] { read_trace(path, options); });
}

/// The words of a label per row; "-" where a row has none.
std::vector<std::string> words_of(const Trace& trace, const char* name) {
  std::vector<std::string> words;
  const LabelColumn* const label = trace.label(name);
  if (label == nullptr) return words;
  for (const std::uint32_t code : label->code)
    words.push_back(code == kNoIndex ? "-" : label->values[code]);
  return words;
}

const char* const kShort = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n";
const char* const kLong =
    "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
    "Type\n";

TEST(BurstGptReader, DoesItReadTheFirstFilesWithoutSessionColumns) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write(
      "x.csv", std::string(kShort) + "5,ChatGPT,472,18,490,Conversation log\n"
                                     "45,GPT-4,1087,230,1317,API log\n45,ChatGPT,0,0,0,API log\n"));
  EXPECT_EQ(trace.format, "burstgpt");
  ASSERT_EQ(trace.rows(), 3U);
  EXPECT_EQ(trace.arrival[1].ps, 40 * kPsPerSecond);
  EXPECT_EQ(trace.input_tokens, (Tokens{472, 1087, 0}));
  EXPECT_EQ(trace.output_tokens, (Tokens{18, 230, 0}));
  EXPECT_EQ(words_of(trace, "model"), (std::vector<std::string>{"ChatGPT", "GPT-4", "ChatGPT"}));
  EXPECT_EQ(words_of(trace, "kind"),
            (std::vector<std::string>{"Conversation log", "API log", "API log"}));
  EXPECT_EQ(trace.label("session"), nullptr);
  EXPECT_TRUE(trace.recorded_service.empty());
  EXPECT_FALSE(trace.timeless);
}

TEST(BurstGptReader, DoSessionsAndElapsedTimesComeAlongWhereTheFileHasThem) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write(
      "x.csv", std::string(kLong) + "19440110.0,ab-1,43,GPT-4,906,446,1352,Conversation log\n"
                                    "19440161.0,,,ChatGPT,36,0,36,API log\n"
                                    "19440110.5,ab-1,2.25,\"GPT-4\",10,20,30,Conversation log\n"));
  ASSERT_EQ(trace.rows(), 3U);
  EXPECT_EQ(trace.out_of_order_rows, 1U);
  EXPECT_EQ(trace.input_tokens, (Tokens{906, 10, 36}));
  EXPECT_EQ(words_of(trace, "session"), (std::vector<std::string>{"ab-1", "ab-1", "-"}));
  EXPECT_EQ(words_of(trace, "model"), (std::vector<std::string>{"GPT-4", "GPT-4", "ChatGPT"}));
  EXPECT_EQ(trace.recorded_service,
            (std::vector<SimTime>{{43 * kPsPerSecond}, {kPsPerSecond * 9 / 4}, {-1}}));
}

TEST(BurstGptReader, DoBrokenRowsNameTheirFieldAndLenientCountsThem) {
  const ScratchFolder folder;
  const auto error_with = [&](const std::string& row) {
    return read_error(folder.write("x.csv", std::string(kShort) + row + "\n"));
  };
  expect_words(error_with("-5,a,1,2,3,b"), {"x.csv' line 2", "Timestamp", "'-5'"});
  expect_words(error_with("5,a,1.5,2,3,b"), {"'Request tokens' is '1.5'", "whole number"});
  expect_words(error_with("5,a,1,,3,b"), {"'Response tokens' is ''"});
  expect_words(error_with("5,a,1,2,3"), {"5 fields", "6 are expected"});
  expect_words(error_with("5,\"a,1,2,3,b"), {"quote is left open"});
  ReadOptions lenient;
  lenient.lenient = true;
  const Trace trace = read_trace(
      folder.write("y.csv", std::string(kShort) + "1,a,1,2,3,b\nx,a,1,2,3,b\n\n4,c,5,6,11,b\n"),
      lenient);
  EXPECT_EQ(trace.skipped_rows, 1U);
  EXPECT_EQ(words_of(trace, "model"), (std::vector<std::string>{"a", "c"}));
}

TEST(BurstGptReader, CanARecordingOfMonthsBeReadInParts) {
  const ScratchFolder folder;
  const std::string path =
      folder.write("x.csv", std::string(kShort) +
                                "100,a,1,1,2,x\n5000000,b,2,1,3,x\n5000001,c,3,1,4,x\n"
                                "9500000,d,4,1,5,x\n");
  expect_words(read_error(path), {"more than 53 days", "window_s"});
  ReadOptions options;
  set_read_option(options, "window_s", "4999900:4999901.5");
  const Trace part = read_trace(path, options);
  EXPECT_EQ(part.input_tokens, (Tokens{2, 3}));
  EXPECT_EQ(part.arrival, (std::vector<SimTime>{{0}, {kPsPerSecond}}));
  EXPECT_EQ(words_of(part, "model"), (std::vector<std::string>{"b", "c"}));
  set_read_option(options, "window_s", "4999900.5:");
  const Trace rest = read_trace(path, options);
  EXPECT_EQ(rest.input_tokens, (Tokens{3, 4}));
  EXPECT_EQ(rest.arrival[0].ps, kPsPerSecond / 2);  // measured from the window's begin
  set_read_option(options, "window_s", "1:2");
  expect_words(read_error(path, options), {"window", "is empty"});
}

TEST(AzureReader, AreZonesOf2024MeasuredExactlyAndFractionsOptional) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write("x.csv",
                                              "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                                              "2024-05-10 00:00:00.009930+00:00,2162,5\n"
                                              "2024-05-10 00:00:01+00:00,7,6\n"
                                              "2024-05-09T17:00:02.5-07:00,8,7\n"));
  EXPECT_EQ(trace.format, "azure");
  EXPECT_EQ(trace.arrival, (std::vector<SimTime>{{0}, {990'070'000'000}, {2'490'070'000'000}}));
  ASSERT_TRUE(trace.calendar_start.has_value());
  EXPECT_EQ(trace.calendar_start->seconds, 1'715'299'200);
  EXPECT_EQ(trace.calendar_start->ps, 9'930'000'000);
}

TEST(VtcReader, AreClientsTenants) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write("x.csv",
                                              "arrival_s,client,input_tokens,output_tokens\n"
                                              "0.0,13,13,199\n0.20793754160099873,2,36,137\n"
                                              "0.5,13,4,5\n"));
  EXPECT_EQ(trace.format, "vtc");
  EXPECT_EQ(trace.arrival[1].ps, 207'937'541'600);
  EXPECT_EQ(trace.output_tokens, (Tokens{199, 137, 5}));
  EXPECT_EQ(words_of(trace, "tenant"), (std::vector<std::string>{"13", "2", "13"}));
  expect_words(read_error(folder.write("y.csv",
                                       "arrival_s,client,input_tokens,output_tokens\n"
                                       "0.0,,13,199\n")),
               {"line 2", "'client' is empty", "tenant"});
}

TEST(VidurReader, AreLengthsReadWithoutTimes) {
  const ScratchFolder folder;
  const Trace trace =
      read_trace(folder.write("x.csv",
                              "num_prefill_tokens,num_decode_tokens,num_total_tokens,pd_ratio\n"
                              "3772,54,3826,69.85\n2015,156,2171,12.9\n"));
  EXPECT_EQ(trace.format, "vidur");
  EXPECT_TRUE(trace.timeless);
  EXPECT_EQ(trace.input_tokens, (Tokens{3772, 2015}));
  EXPECT_EQ(trace.output_tokens, (Tokens{54, 156}));
  EXPECT_EQ(trace.arrival, (std::vector<SimTime>{{0}, {0}}));
  const Trace two =
      read_trace(folder.write("y.csv", "num_decode_tokens,num_prefill_tokens\n7,8\n"));
  EXPECT_EQ(two.input_tokens, (Tokens{8}));
  ReadOptions window;
  set_read_option(window, "window_s", "0:1");
  expect_words(read_error(folder.path("x.csv"), window), {"records no times"});
  ReadOptions named;
  named.format = "vidur";
  expect_words(read_error(folder.write("z.csv", "num_decode_tokens,prefill\n7,8\n"), named),
               {"line 1", "no column 'num_prefill_tokens'"});
}

TEST(Readers, IsAByteOrderMarkNoPartOfTheHeader) {
  const ScratchFolder folder;
  const Trace trace =
      read_trace(folder.write("x.csv",
                              "\xef\xbb\xbfTIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 "
                              "18:15:46.5,374,44\r\n"));
  EXPECT_EQ(trace.input_tokens, (Tokens{374}));
}

TEST(Readers, DoTheMiniaturesOpenByTheirContent) {
  struct Case {
    const char* file;
    const char* format;
    std::size_t rows;
  };
  for (const Case& c : {Case{"burstgpt.csv", "burstgpt", 40}, Case{"azure-2024.csv", "azure", 40},
                        Case{"vtc.csv", "vtc", 40}, Case{"vidur.csv", "vidur", 40}}) {
    const Trace trace = read_trace(miniature(c.file));
    EXPECT_EQ(trace.format, c.format);
    EXPECT_EQ(trace.rows(), c.rows);
    EXPECT_EQ(trace.skipped_rows, 0U);
  }
}

TEST(Readers, IsAFolderWithOneTraceThatTrace) {
  const ScratchFolder folder;
  const std::string vtc = "arrival_s,client,input_tokens,output_tokens\n0.0,1,13,199\n";
  folder.write("SOURCE.md", "# where it is from\n");
  folder.write("trace.csv", vtc);
  folder.write("notes.json", "hello");
  EXPECT_EQ(read_trace(folder.path()).rows(), 1U);
  ReadOptions named;
  named.format = "vtc";
  expect_words(read_error(folder.path(), named), {"is a folder"});  // which of the two is not said
  folder.write("other.csv", vtc);
  expect_words(read_error(folder.path()), {"holds 2 traces", "other.csv", "name one of them"});
  const ScratchFolder empty;
  expect_words(read_error(empty.path()), {"is not a trace format", "fits none of"});
}

TEST(ReadOptions, DoWrongOnesSayWhatWouldBeRight) {
  ReadOptions options;
  const auto error_with = [&](const char* key, const char* value) {
    return error_of([&] { set_read_option(options, key, value); });
  };
  for (const char* const window : {"5", "5:5", "a:b", ":", "-1:2", "1:nan", "1e300:", "3:2"})
    expect_words(error_with("window_s", window), {"read.window_s", window, "BEGIN:END"});
  expect_words(error_with("clients", "1,,2"), {"read.clients", "0,3,17"});
  expect_words(error_with("seed", "-1"), {"read.seed", "whole number"});
  expect_words(error_with("rate_scale", "0"), {"read.rate_scale", "above 0"});
  expect_words(error_with("max_clients", "1e3"), {"read.max_clients"});
  expect_words(error_with("sede", "1"), {"'seed'"});
  options.draw.seed = 7;
  expect_words(read_error(miniature("vtc.csv"), options), {"seed", "vtc", "draws none"});
}

}  // namespace
}  // namespace pigou
