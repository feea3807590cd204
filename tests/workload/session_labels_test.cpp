// The session a file names reaches the conversations of the workload, from every reader that has
// one.
#include <algorithm>
#include <set>

#include "trace/formats/generic/columns.hpp"
#include "trace/reader_testing.hpp"
#include "trace/writer.hpp"
#include "workload/transform.hpp"
#include "workload/workload.hpp"

namespace pigou {
namespace {

using namespace testing;
using Numbers = std::vector<std::uint32_t>;
using Words = std::vector<std::string>;

/// Four requests: sessions a, b, a and none. `line(n, session)` is one of them.
template <class Line>
std::string four(Line line) {
  return line(0, "a") + line(1, "b") + line(2, "a") + line(3, "");
}

std::string csv() {
  return "arrival_s,input_tokens,output_tokens,session\n" +
         four([](int n, const std::string& s) { return std::to_string(n) + ",64,1," + s + "\n"; });
}

std::string burstgpt() {
  return "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
         "Type\n" +
         four([](int n, const std::string& s) {
           return std::to_string(n) + "," + s + ",,ChatGPT,64,1,65,API log\n";
         });
}

/// "key": "a", or nothing.
std::string field(const std::string& key, const std::string& session) {
  return session.empty() ? "" : ",\"" + key + "\":\"" + session + "\"";
}

std::string generic_json() {
  return four([](int n, const std::string& s) {
    return "{\"arrival_s\":" + std::to_string(n) + ",\"input_tokens\":64,\"output_tokens\":1" +
           field("session", s) + "}\n";
  });
}

/// The answers and prompts of the session do not go on from each other: its history was edited.
std::string hashed() {
  return four([](int n, const std::string& s) {
    const std::string id = std::to_string(n);
    return "{\"arrival_s\": \"" + id + "\", \"input_tokens\": 16, \"output_tokens\": 1, " +
           "\"block_tokens\": 16, \"hash_ids\": [" + id + "]" + field("session", s) + "}\n";
  });
}

std::string mooncake() {
  return four([](int n, const std::string& s) {
    return "{\"timestamp\":" + std::to_string(n) +
           ",\"input_length\":64,\"output_length\":1,\"hash_ids\":[1]" + field("session_id", s) +
           "}\n";
  });
}

std::string dynamo() {
  return four([](int n, const std::string& s) {
    const std::string ms = std::to_string(1'770'000'001'000 + n);
    return "{\"timestamp\":" + ms +
           ",\"event\":{\"schema\":\"dynamo.request.trace.v1\",\"event_type\":\"request_end\","
           "\"event_time_unix_ms\":" +
           ms + (s.empty() ? "" : ",\"agent_context\":{\"session_id\":\"" + s + "\"}") +
           ",\"request\":{\"request_id\":\"r" + std::to_string(n) +
           "\",\"input_tokens\":64,\"output_tokens\":1,\"request_received_ms\":" + ms + "}}}\n";
  });
}

std::string otel() {
  return four([](int n, const std::string& s) {
    const auto attribute = [](const char* key, const std::string& value) {
      return std::string("{\"key\":\"") + key + "\",\"value\":" + value + "}";
    };
    std::string attributes = attribute("gen_ai.usage.input_tokens", "{\"intValue\":64}") + "," +
                             attribute("gen_ai.usage.output_tokens", "{\"intValue\":1}");
    if (!s.empty())
      attributes += "," + attribute(n == 0 ? "gen_ai.conversation.id" : "session.id",
                                    "{\"stringValue\":\"" + s + "\"}");
    const std::string id = std::to_string(n);
    return "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"t" + id +
           "\",\"spanId\":\"s" + id + "\",\"startTimeUnixNano\":177260000000000000" + id +
           ",\"endTimeUnixNano\":1772600009000000000,\"attributes\":[" + attributes + "]}]}]}]}\n";
  });
}

const std::vector<std::pair<const char*, std::string>>& files() {
  static const std::vector<std::pair<const char*, std::string>> all = {
      {"csv", csv()},
      {"burst.csv", burstgpt()},
      {"generic.jsonl", generic_json()},
      {"hashed.jsonl", hashed()},
      {"moon.jsonl", mooncake()},
      {"dynamo.jsonl", dynamo()},
      {"otel.jsonl", otel()}};
  return all;
}

TEST(SessionLabels, DoesEveryReaderHandOnTheSessionItsFileNames) {
  const ScratchFolder folder;
  for (const auto& [name, text] : files()) {
    const Trace trace = read_trace(folder.write(std::string("f-") + name, text));
    EXPECT_EQ(words_of(trace, "session"), (Words{"a", "b", "a", "-"})) << name;
    EXPECT_EQ(conversations(trace), (Numbers{0, 1, 0, 3})) << name;
  }
}

TEST(SessionLabels, DoConvertedTracesNameTheSameSessions) {
  const ScratchFolder folder;
  for (const auto& [name, text] : files()) {
    const Trace trace = read_trace(folder.write(std::string("g-") + name, text));
    for (const char* const to : {"pigou", "generic", "burstgpt"}) {
      const std::string path = folder.path(std::string("to-") + name + to + ".x");
      write_trace(trace, path, to);
      ReadOptions options;
      options.format = to;
      EXPECT_EQ(conversations(read_trace(path, options)), (Numbers{0, 1, 0, 3})) << name << to;
    }
  }
}

Trace rows(std::uint32_t count) {
  Trace trace;
  for (std::uint32_t row = 0; row < count; ++row) {
    trace.arrival.push_back({row * kPsPerSecond});
    trace.input_tokens.push_back(100);
    trace.output_tokens.push_back(1);
  }
  return trace;
}

TEST(SessionLabels, DoesTheWordWinOverWhatElseLinksRows) {
  Trace trace = rows(6);
  LabelColumn& label = trace.add_label("session");
  label.values = {"x", "y"};
  label.code = {0, 1, 0, kNoIndex, kNoIndex, kNoIndex};
  trace.previous_turn = {kNoIndex, 0, 1, 1, 3, kNoIndex};
  // Rows 1 and 2 go on from another session's; 3 and 4 say nothing and go on from y's.
  EXPECT_EQ(conversations(trace), (Numbers{0, 1, 0, 1, 1, 5}));
  trace.think.assign(6, {});
  trace.lanes = {{0, 2, 0, kNoIndex}, {2, 6, 1, kNoIndex}};
  trace.sessions = 2;
  EXPECT_EQ(conversations(trace), (Numbers{2, 3, 2, 1, 1, 1})) << "numbers of lanes come first";
}

TEST(SessionLabels, DoThinningAndSamplingKeepNamedSessionsWhole) {
  Trace trace = rows(400);
  LabelColumn& label = trace.add_label("session");
  for (std::uint32_t row = 0; row < 400; ++row)
    label.code.push_back(label.code_of("s" + std::to_string(row * 7 % 40)));
  for (const bool thin : {false, true}) {
    WorkloadOptions options;
    (thin ? options.thin : options.sample_sessions) = 0.5;
    std::uint64_t inferred = 0;
    const Trace left = transform_trace(trace, options, 1, inferred);
    std::vector<std::uint32_t> kept(40, 0);
    for (const std::uint32_t code : left.label("session")->code) ++kept[code];
    const auto whole = std::ranges::count(kept, 10U);
    EXPECT_EQ(whole + std::ranges::count(kept, 0U), 40) << thin;
    EXPECT_GT(whole, 10) << thin;
    EXPECT_LT(whole, 30) << thin;
  }
}

}  // namespace
}  // namespace pigou
