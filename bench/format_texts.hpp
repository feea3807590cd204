// Large files of the formats Pigou reads but does not write, made row by row for the benchmarks.
// Prompts are of 2,048 to 4,095 tokens in blocks of 16 (or as token ids), half of them a prefix
// that others share.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace pigou::bench {

constexpr std::uint64_t kSpread = 2048;

inline std::uint64_t tokens_of(std::uint64_t row) { return 2048 + row * 977 % kSpread; }
inline std::uint64_t answer_of(std::uint64_t row) { return 100 + row * 31 % 400; }
inline std::string text(std::uint64_t value) { return std::to_string(value); }

/// `count` numbers, the first half shared among 16 rows.
inline std::string numbers(std::uint64_t row, std::uint64_t count, const char* between = ", ") {
  std::string all;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i != 0) all += between;
    all += text(i < count / 2 ? 1'000'000'000 + row / 16 * 5'000 + i
                              : 11'000'000'000'000'000'000U + row * 5'000 + i);
  }
  return all;
}
/// `count` token ids, the first half shared among 16 rows.
inline std::string token_ids(std::uint64_t row, std::uint64_t count) {
  std::string all;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i != 0) all += ", ";
    all += text(1'000 + ((i < count / 2 ? row / 16 : row) * 7'919 + i * 131) % 120'000);
  }
  return all;
}
/// "05:06:07" `row` tenths of a second into a day of three hours at most.
inline std::string clock_of(std::uint64_t row) {
  const std::uint64_t s = 5 * 3600 + row / 10;
  char at[16];
  std::snprintf(at, sizeof at, "%02u:%02u:%02u", static_cast<unsigned>(s / 3600 % 24),
                static_cast<unsigned>(s / 60 % 60), static_cast<unsigned>(s % 60));
  return at;
}

inline std::string hashed_line(std::uint64_t row) {
  return R"({"arrival_s": ")" + text(row / 10) + "." + text(row % 10) + R"(", "input_tokens": )" +
         text(tokens_of(row)) + R"(, "output_tokens": )" + text(answer_of(row)) +
         R"(, "block_tokens": 16, "hash_ids": [)" + numbers(row, tokens_of(row) / 16) + "]}\n";
}

inline std::string dynamo_line(std::uint64_t row) {
  const std::uint64_t received = 1'770'000'000'000 + row * 100;
  const std::string end = text(received + 500);
  return R"({"timestamp":)" + text(row * 100 + 500) +
         R"(,"event":{"schema":"dynamo.request.trace.v1","event_type":"request_end",)"
         R"("event_time_unix_ms":)" +
         end + R"(,"event_source":"dynamo","agent_context":{"session_id":"s)" + text(row) +
         R"("},"request":{"request_id":"r)" + text(row) +
         R"(","model":"demo/model-8b","input_tokens":)" + text(tokens_of(row)) +
         R"(,"output_tokens":)" + text(answer_of(row)) +
         R"(,"cached_tokens":0,"request_received_ms":)" + text(received) +
         R"(,"prefill_wait_time_ms":2.5,"prefill_time_ms":198.0,"ttft_ms":200.5,)"
         R"("total_time_ms":500.0,"avg_itl_ms":10.0,"kv_hit_rate":0.0,"queue_depth":0,)"
         R"("worker":{"prefill_worker_id":7000000000000000001,"prefill_dp_rank":0,)"
         R"("decode_worker_id":7000000000000000001,"decode_dp_rank":0},)"
         R"("replay":{"trace_block_size":16,"input_length":)" +
         text(tokens_of(row)) + R"(,"input_sequence_hashes":[)" +
         numbers(row, tokens_of(row) / 16, ",") + "]}}}}\n";
}

inline std::string vllm_log_lines(std::uint64_t row) {
  const std::string head = "(APIServer pid=17) INFO 03-04 " + clock_of(row) + " ";
  const std::string id = "chatcmpl-" + text(row);
  return "(APIServer pid=17) DEBUG 03-04 " + clock_of(row) +
         " [entrypoints/logger.py:37] Request " + id +
         " details: prompt: '...', prompt_token_ids: [" + token_ids(row, tokens_of(row)) +
         "], prompt_embeds shape: None.\n" + head + "[entrypoints/logger.py:47] Received request " +
         id + ": params: SamplingParams(n=1, max_tokens=512), lora_request: None.\n" + head +
         "[entrypoints/logger.py:92] Generated response " + id +
         ": output: '...', output_token_ids: [" + token_ids(row, answer_of(row)) +
         "], finish_reason: length\n";
}

inline std::string sglang_log_line(std::uint64_t row) {
  const std::string id = text(row);
  const std::string received = text(1'772'600'000 + row / 10) + "." + text(row % 10);
  return R"({"timestamp": "2026-03-04T)" + clock_of(row) +
         R"(.000", "event": "request.finished", "rid": "q)" + id + R"(", "obj": {"rid": "q)" + id +
         R"(", "stream": true, "input_ids": [)" + token_ids(row, tokens_of(row)) +
         R"(]}, "out": {"meta_info": {"id": "q)" + id +
         R"(", "finish_reason": {"type": "stop", "matched": 2}, "prompt_tokens": )" +
         text(tokens_of(row)) + R"(, "completion_tokens": )" + text(answer_of(row)) +
         R"(, "cached_tokens": 0, "dp_rank": null, "e2e_latency": 1.0, "request_received_ts": )" +
         received + "}}}\n";
}

/// One exporter's line: a span in its resource.
inline std::string otel_line(std::uint64_t row) {
  const std::uint64_t start = 1'772'600'000'000'000'000U + row * 100'000'000;
  char id[40];
  std::snprintf(id, sizeof id, "%016llx", static_cast<unsigned long long>(row + 1));
  const auto number = [](const char* key, std::uint64_t value) {
    return std::string(R"({"key":")") + key + R"(","value":{"intValue":")" + text(value) + R"("}})";
  };
  return R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.instance.id",)"
         R"("value":{"stringValue":"vllm-0"}}]},"scopeSpans":[{"scope":{"name":"vllm"},"spans":[)"
         R"({"traceId":"0af7651916cd43dd)" +
         std::string(id) + R"(","spanId":")" + id +
         R"(","parentSpanId":"","name":"llm_request","kind":2,"startTimeUnixNano":")" +
         text(start) + R"(","endTimeUnixNano":")" + text(start + 900'000'000) +
         R"(","attributes":[)" + number("gen_ai.usage.input_tokens", tokens_of(row)) + "," +
         number("gen_ai.usage.output_tokens", answer_of(row)) + R"(],"status":{}}]}]}]})" + "\n";
}

inline std::string inference_perf_document(std::uint64_t rows) {
  std::string all = "[";
  for (std::uint64_t row = 0; row < rows; ++row) {
    const std::string start = text(5000 + row / 10) + "." + text(row % 10);
    all += std::string(row == 0 ? "\n" : ",\n") + R"({"start_time": )" + start +
           R"(, "end_time": )" + text(5020 + row / 10) + "." + text(row % 10) +
           R"(, "request": "{\"model\": \"demo/model-8b\", \"max_tokens\": 64}", )"
           R"("response": "...", "info": {"input_tokens": )" +
           text(tokens_of(row)) + R"(, "output_tokens": 16, "output_token_times": [)";
    for (std::uint64_t t = 0; t < 16; ++t)
      all += (t == 0 ? "" : ", ") + text(5001 + row / 10 + t) + "." + text(row % 10) + "25";
    all += R"(], "lora_adapter": null}, "error": null})";
  }
  return all + "]\n";
}

inline std::string vllm_bench_document(std::uint64_t rows) {
  const auto list = [rows](const char* name, auto value) {
    std::string all = std::string(", \"") + name + "\": [";
    for (std::uint64_t row = 0; row < rows; ++row) all += (row == 0 ? "" : ", ") + value(row);
    return all + "]";
  };
  return R"({"date": "20260102-030405", "endpoint_type": "openai", "backend": "openai", )"
         R"("model_id": "demo/model-8b", "num_prompts": )" +
         text(rows) +
         R"(, "request_rate": 10.0, "burstiness": 1.0, "duration": 2.5, "completed": )" +
         text(rows) + list("input_lens", [](std::uint64_t row) { return text(tokens_of(row)); }) +
         list("output_lens", [](std::uint64_t) { return std::string("8"); }) +
         list("ttfts", [](std::uint64_t row) { return "0.0" + text(40 + row % 50); }) +
         list("itls",
              [](std::uint64_t) {
                return std::string("[0.01, 0.0125, 0.01, 0.011, 0.013, 0.01, 0.012]");
              }) +
         list("start_times",
              [](std::uint64_t row) { return text(81 + row / 10) + "." + text(row % 10); }) +
         list("errors", [](std::uint64_t) { return std::string("\"\""); }) + "}\n";
}

/// One session of growing prompts, as a Claude Code file has it.
inline std::string claude_code_document(std::uint64_t calls) {
  std::string all = R"({"id": "bench", "block_size": 64, "hash_id_scope": "local", "requests": [)";
  for (std::uint64_t call = 0; call < calls; ++call) {
    const std::uint64_t blocks = 256 + call % 128 * 8;
    all += std::string(call == 0 ? "" : ", ") + R"({"t": )" + text(call * 10) + R"(.5, "in": )" +
           text(blocks * 64) +
           R"(, "out": 300, "api_time": 4.25, "think_time": 1.5, )"
           R"("hash_ids": [)";
    for (std::uint64_t b = 0; b < blocks; ++b)
      all += (b == 0 ? "" : ", ") + text(call / 128 * 2000 + b);
    all += "]}";
  }
  return all + "]}\n";
}

}  // namespace pigou::bench
