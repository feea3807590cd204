// Is every file taken for what it is?
#include <map>

#include "trace/reader_testing.hpp"

namespace pigou {
namespace {

/// The format of each bundled file and folder; whoever adds one adds its line.
const std::map<std::string, std::string>& bundled() {
  static const std::map<std::string, std::string> formats = {
      {"azure-2024.csv", "azure"},
      {"bailian.jsonl", "bailian"},
      {"burstgpt.csv", "burstgpt"},
      {"dynamo.jsonl", "dynamo"},
      {"inference-perf.json", "inference-perf"},
      {"otel.json", "otel"},
      {"servegen", "servegen"},
      {"sglang.jsonl", "sglang-log"},
      {"sglang.log", "sglang-log"},
      {"vidur.csv", "vidur"},
      {"vllm-bench.json", "vllm-bench"},
      {"vllm.log", "vllm-log"},
      {"vtc.csv", "vtc"},
  };
  return formats;
}

TEST(Detection, IsEachMiniatureTakenForWhatItIs) {
  for (const auto& entry :
       std::filesystem::directory_iterator(source_root() + "/traces/miniatures")) {
    const std::string name = entry.path().filename().string();
    const auto expected = bundled().find(name);
    ASSERT_NE(expected, bundled().end()) << "no format is expected for " << name;
    EXPECT_EQ(detect_format(entry.path().string(), {}), expected->second) << name;
  }
  EXPECT_EQ(detect_format(source_root() + "/traces/quickstart.jsonl.gz", {}), "mooncake");
}

TEST(Detection, IsEachSharedTraceTakenForWhatItIs) {
  const std::string traces = data_root() + "/traces/";
  PIGOU_NEEDS_DATA(traces);
  const std::map<std::string, std::string> shared = {
      {"azure-llm-2023/AzureLLMInferenceTrace_conv.csv", "azure"},
      {"claude-code-weka", "claude-code"},
      {"dynamo-pi-agent/pi_request_trace.jsonl.gz", "dynamo"},
      {"mooncake-fast25/conversation_trace.jsonl.gz", "mooncake"},
      {"servegen/deepseek-r1.tar.gz", "servegen"},
      {"servegen/m-large.tar.gz", "servegen"},
      {"vidur-lengths/arxiv_summarization_stats_llama2_tokenizer_filtered_v2.csv", "vidur"},
      {"vtc-arena/vtc_arena_real_trace.csv", "vtc"},
  };
  for (const auto& [name, format] : shared)
    EXPECT_EQ(detect_format(traces + name, {}), format) << name;
}

// Prompts may say anything, and the names of one format are words in another.
TEST(Detection, DoPromptsThatQuoteOtherFormatsNotMislead) {
  const testing::ScratchFolder folder;
  const std::string prompt =
      R"(\"request_rate\" \"num_prompts\" \"resourceSpans\" Received request Finish: obj= )"
      R"(\"chat_id\" \"hash_ids\" \"timestamp\" \"input_length\" dynamo.request.trace.v1)";
  EXPECT_EQ(detect_format(folder.write("a.json", "[{\"start_time\": 1, \"request\": \"" + prompt +
                                                     "\", \"info\": {}}]"),
                          {}),
            "inference-perf");
  EXPECT_EQ(detect_format(
                folder.write("b.json", "{\"resourceSpans\": [{\"x\": \"" + prompt + "\"}]}\n"), {}),
            "otel");
}

}  // namespace
}  // namespace pigou
