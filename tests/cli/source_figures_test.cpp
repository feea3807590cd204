// `pigou trace info FOLDER` against the figures published beside the data: every number below is
// read out of the folder's SOURCE.md and compared with as many digits as stand there.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

#include "cli/trace/info.hpp"
#include "paths.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

std::string folder_of(const std::string& name) { return data_root() + "/traces/" + name; }

/// A folder's SOURCE.md and what trace info says about the folder.
class Source {
 public:
  explicit Source(const std::string& name) : folder_(folder_of(name)) {
    std::ifstream in(folder_ + "/SOURCE.md");
    std::ostringstream all;
    all << in.rdbuf();
    text_ = all.str();
    info = Json::parse(trace_info(folder_, {}, true));
  }

  /// The first group of `pattern` in SOURCE.md.
  std::string find(const std::string& pattern) const {
    std::smatch match;
    if (std::regex_search(text_, match, std::regex(pattern))) return match[1];
    ADD_FAILURE() << "SOURCE.md has no " << pattern;
    return "";
  }
  /// Compares `value` with the number that `pattern` finds.
  void equals(double value, const std::string& pattern) const {
    std::string printed = find(pattern);
    std::erase(printed, ',');
    const std::size_t point = printed.find('.');
    const int decimals =
        point == std::string::npos ? 0 : static_cast<int>(printed.size() - point - 1);
    char digits[64];
    std::snprintf(digits, sizeof digits, "%.*f", decimals, value);
    EXPECT_EQ(digits, printed) << pattern;
  }
  void equals(const Json& value, const std::string& pattern) const {
    ASSERT_TRUE(value.is_number()) << pattern;
    equals(value.get<double>(), pattern);
  }
  /// The figures after "NAME mean 1, p50 2, ..." in the line that `line` begins, those it gives.
  void lengths(const Json& figures, const std::string& line) const {
    const std::string rest = find(line + "[: ]*((?:mean|p50)[^;\\n]*)");
    for (const char* const name : {"mean", "p50", "p90", "p99", "min", "max", "sum"}) {
      const std::string number = std::string(name) + " ([0-9][0-9,]*(?:\\.[0-9]+)?)";
      if (std::regex_search(rest, std::regex(number)))
        equals(figures[name], line + "[^;\\n]*?" + number);
    }
  }

  Json info;  ///< --json

 private:
  std::string folder_;
  std::string text_;
};

#define PIGOU_NEEDS_SOURCE(name)                                \
  if (!std::filesystem::exists(folder_of(name) + "/SOURCE.md")) \
  GTEST_SKIP() << "needs the shared data: no " << folder_of(name)

void expect_open_loop(const Source& source, const std::string& ten_seconds) {
  const Json& open = source.info["open_loop"];
  source.equals(source.info["requests"], "\n- ([0-9,]+) requests, [0-9,.]+ s");
  source.equals(open["span_s"], "requests, ([0-9,.]+) s");
  source.equals(open["mean_requests_per_s"], "([0-9.]+) req/s; busiest");
  source.equals(open["windows_10_s"]["busiest"], "busiest 10 s: ([0-9]+)");
  source.equals(open["windows_10_s"]["variance_over_mean"],
                "variance/mean of 10 s counts " + ten_seconds);
  EXPECT_EQ(open["out_of_order_rows"], 0);
  EXPECT_EQ(source.info["zero_inputs"], 0);
  EXPECT_EQ(source.info["zero_outputs"], 0);
}

TEST(SourceFigures, DoesTraceInfoEqualThoseOfMooncake) {
  PIGOU_NEEDS_SOURCE("mooncake-fast25");
  const Source s("mooncake-fast25");
  expect_open_loop(s, "([0-9.]+[0-9])");
  s.equals(s.info["file_facts"]["bytes"], "([0-9,]+) bytes");
  s.lengths(s.info["input_tokens"], "- input");
  s.lengths(s.info["output_tokens"], "- output");
  s.find("max (2,000 \\(cap\\))");
  EXPECT_GT(s.info["outputs_at_cap"], 0);
  EXPECT_EQ(s.info["open_loop"]["windows_10_s"]["empty"], 0);
  const Json& blocks = s.info["blocks"];
  s.equals(blocks["block_tokens"], "one id per ([0-9]+)-token block");
  s.equals(blocks["blocks"], "- blocks ([0-9,]+)");
  s.equals(blocks["distinct_blocks"], "blocks [0-9,]+, distinct ([0-9,]+)");
  s.equals(blocks["hit_by_blocks"], "prefix hit ([0-9.]+) by blocks");
  s.equals(blocks["hit_by_tokens"], "by blocks, ([0-9.]+) by tokens");
  s.equals(blocks["opening_rows"], "opens all ([0-9,]+) requests");
  s.equals(blocks["hit_without_opening"], "hit ratio would be ([0-9.]+[0-9])");
  s.equals(blocks["chain_conflicts"], "same predecessor: ([0-9]+) conflicts");
  const Json& open = s.info["open_loop"];
  s.equals(open["distinct_times"], "quantised: ([0-9,]+) distinct values");
  s.equals(open["windows_1_s"]["busiest"], "per-1 s peaks \\(([0-9]+)\\)");
  s.equals(open["repeated_rows"], "\n- ([0-9]+) exactly repeated line");
  s.equals(open["grid_ms"][0], "\\(([0-9,]+)\\.\\.[0-9,]+\\)");
  // The file's largest gap is 3,003 ms where SOURCE.md says 3,001.
  EXPECT_EQ(s.find("\\(2,997\\.\\.([0-9,]+)\\)"), "3,001");
  EXPECT_EQ(open["grid_ms"][1], 3003);
}

TEST(SourceFigures, DoesTraceInfoEqualThoseOfAzure) {
  PIGOU_NEEDS_SOURCE("azure-llm-2023");
  const Source s("azure-llm-2023");
  expect_open_loop(s, "([0-9.]+[0-9])");
  s.equals(s.info["file_facts"]["bytes"], "([0-9,]+) bytes");
  s.equals(s.info["open_loop"]["windows_1_s"]["busiest"], "busiest 1 s: ([0-9]+)");
  s.lengths(s.info["input_tokens"], "- ContextTokens");
  s.lengths(s.info["output_tokens"], "- GeneratedTokens");
  s.find("max (1,000 \\(cap\\))");
  EXPECT_GT(s.info["outputs_at_cap"], 0);
  EXPECT_EQ(s.info["open_loop"]["windows_10_s"]["empty"], 0);
  s.find("(no equal times, no zeros, no repeated rows)");
  EXPECT_EQ(s.info["open_loop"]["distinct_times"], s.info["requests"]);
  EXPECT_EQ(s.info["open_loop"]["repeated_rows"], 0);
  s.find("(CRLF line ends; the last line has NO line end. No BOM)");
  const Json& file = s.info["file_facts"];
  EXPECT_EQ(file["crlf_lines"].get<int>() + 1, file["lines"].get<int>());
  EXPECT_EQ(file["last_line_ends"], false);
  EXPECT_EQ(file["byte_order_mark"], false);
  EXPECT_TRUE(
      s.info["calendar_start"].get<std::string>().starts_with(s.find("the rows say ([0-9-]+)")));
}

TEST(SourceFigures, DoesTraceInfoEqualThoseOfClaudeCode) {
  PIGOU_NEEDS_SOURCE("claude-code-weka");
  const Source s("claude-code-weka");
  const Json& closed = s.info["closed_loop"];
  s.equals(closed["sessions"], "\n- ([0-9]+) sessions");
  s.equals(s.info["requests"], "sessions, ([0-9,]+) requests");
  s.equals(closed["subagent_requests"], "requests \\(([0-9]+) in [0-9]+ sub-agents");
  s.equals(closed["subagents"], "in ([0-9]+) sub-agents");
  s.lengths(closed["requests_per_session"], "Requests a session");
  const std::string span = "Session span: mean ([0-9,]+) s, p50 [0-9,]+ s, max [0-9,]+ s";
  s.equals(closed["session_span_s"]["mean"], span);
  s.equals(closed["session_span_s"]["p50"], "Session span: mean [0-9,]+ s, p50 ([0-9,]+) s");
  s.equals(closed["session_span_s"]["max"], "Session span: [^\n]*max ([0-9,]+) s");
  s.lengths(s.info["input_tokens"], "- in");
  s.lengths(s.info["output_tokens"], "\\. out");
  const Json& think = closed["think_s"];
  s.equals(think["mean"], "- think_time: mean ([0-9]+) s");
  s.equals(think["p50"], "- think_time: [^.\n]*p50 ([0-9,]+)");
  s.equals(think["p90"], "- think_time: [^.\n]*p90 ([0-9,]+)");
  s.equals(think["p99"], "- think_time: [^.\n]*p99 ([0-9,]+)");
  s.equals(think["max"], "- think_time: [^.\n]*max ([0-9,]+)");
  const Json& service = s.info["recorded"]["service_s"];
  s.equals(service["mean"], "api_time: mean ([0-9.]+) s");
  s.equals(service["p50"], "api_time: [^;\n]*?p50 ([0-9.]+[0-9])");
  s.equals(service["p99"], "api_time: [^;\n]*?p99 ([0-9.]+[0-9])");
  s.equals(service["max"], "api_time: [^;\n]*?max ([0-9.]+[0-9])");
  const Json& ttft = s.info["recorded"]["ttft_s"];
  s.equals(ttft["count"], "ttft \\(([0-9,]+) rows\\)");
  s.equals(ttft["mean"], "ttft \\([0-9,]+ rows\\): mean ([0-9.]+) s");
  s.equals(ttft["p50"], "ttft \\([^\n]*?p50 ([0-9.]+[0-9])");
  EXPECT_NEAR(ttft["p99"].get<double>(), std::stod(s.find("ttft \\([^\n]*?p99 ([0-9.]+[0-9])")),
              0.051);  // 16.25, rounded up there
  const Json& blocks = s.info["blocks"];
  s.equals(blocks["blocks"], "- blocks ([0-9,]+)");
  s.equals(blocks["distinct_blocks"], "distinct \\(summed over sessions\\) ([0-9,]+)");
  s.equals(blocks["hit_by_blocks"], "prefix hit ([0-9.]+) within");
  s.equals(blocks["block_tokens"], "`block_size` \\(([0-9]+) tokens\\)");
  s.equals(s.info["zero_outputs"], "`out` = 0 on ([0-9]+)");
  s.equals(closed["context_drops"], "within a session ([0-9]+) times");
  s.equals(closed["overlapping_calls"], "in only ([0-9]+) of");
  s.equals(closed["serial_pairs"], "in only [0-9]+ of ([0-9,]+) places");
}

TEST(SourceFigures, DoesTraceInfoEqualThoseOfTheDynamoRun) {
  PIGOU_NEEDS_SOURCE("dynamo-pi-agent");
  const Source s("dynamo-pi-agent");
  s.equals(s.info["file_facts"]["lines"], "([0-9]+) events:");
  s.equals(s.info["requests"], "([0-9]+) request_end");
  const Json& others = s.info["passed_over"];
  for (const char* const kind : {"tool_start", "tool_end", "tool_error"})
    s.equals(others[std::string(kind) + " events"], std::string("([0-9]+) ") + kind);
  s.equals(s.info["blocks"]["block_tokens"], "trace_block_size ([0-9]+)");
  s.equals(100 * s.info["recorded"]["cached_share"].get<double>(),
           "([0-9.]+) % of the input tokens were cached");
  EXPECT_EQ(s.info["recorded"]["ttft_s"]["count"], s.info["requests"]);
  EXPECT_EQ(s.info["recorded"]["cached_tokens"]["count"], s.info["requests"]);
  // "about 167 s" is from the first to the last line of the log; requests begin before the first.
  const double about = std::stod(s.find("about ([0-9]+) s"));
  EXPECT_NEAR(s.info["closed_loop"]["span_s"].get<double>(), about, 0.01 * about);
  EXPECT_TRUE(
      s.info["labels"]["model"]["counts"].contains("Qwen/" + s.find("model (Qwen[^.\n]*)")));
}

TEST(SourceFigures, DoesTraceInfoEqualThoseOfVtc) {
  PIGOU_NEEDS_SOURCE("vtc-arena");
  const Source s("vtc-arena");
  expect_open_loop(s, "([0-9.]+[0-9])");
  s.lengths(s.info["input_tokens"], "- input");
  s.lengths(s.info["output_tokens"], "; output");
  const Json& tenants = s.info["labels"]["tenant"];
  s.equals(tenants["words"], "600.0 s, ([0-9]+) tenants");
  std::vector<std::string> counts;
  for (const auto& [tenant, count] : tenants["counts"].items())
    counts.push_back(std::to_string(count.get<int>()));
  EXPECT_EQ(counts[0] + ", " + counts[1] + ", " + counts[2] + ", " + counts[3] + ", " + counts[4] +
                " ... " + counts.back(),
            s.find("27 tenants \\(([^)]*) requests\\)"));
}

TEST(SourceFigures, DoesTraceInfoEqualThoseOfVidur) {
  PIGOU_NEEDS_SOURCE("vidur-lengths");
  const Source s("vidur-lengths");
  s.equals(s.info["requests"], "- ([0-9,]+) rows");
  s.lengths(s.info["input_tokens"], "prefill");
  s.lengths(s.info["output_tokens"], "; decode");
  s.equals(s.info["longest_total_tokens"], "total max ([0-9,]+)");
  s.find("(No times\\.)");
  EXPECT_EQ(s.info["open_loop"], (Json{{"timeless", true}}));
  const std::string words = trace_info(folder_of("vidur-lengths"), {}, false);
  EXPECT_NE(words.find("workload.arrivals.family"), std::string::npos);
}

/// The cell of a table row in SOURCE.md.
std::string row_of(const std::string& set, int cell) {
  std::string pattern = "\\| " + set + " \\|";
  for (int i = 1; i < cell; ++i) pattern += "[^|]*\\|";
  return pattern;
}

void expect_set(const Source& s, const Json& info, const std::string& set) {
  s.equals(info["clients"], row_of(set, 1) + " ([0-9]+) ");
  s.equals(info["windows"], row_of(set, 2) + "[^|]*\\(([0-9,]+)");
  s.equals(info["mean_requests_per_s"], row_of(set, 3) + " ([0-9.]+)/s");
  s.equals(info["peak_window_requests_per_s"], row_of(set, 4) + " ([0-9.]+)/s");
  int cell = 5;
  for (const char* const column : {"input_tokens", "output_tokens"}) {
    const std::string number = "([0-9,]+)", any = "[0-9,]+";
    s.equals(info[column]["mean"], row_of(set, cell) + " " + number + " / ");
    s.equals(info[column]["p50"], row_of(set, cell) + " " + any + " / " + number);
    s.equals(info[column]["p99"], row_of(set, cell) + " " + any + " / " + any + " / " + number);
    ++cell;
  }
}

TEST(SourceFigures, DoesTraceInfoEqualThoseOfServeGen) {
  PIGOU_NEEDS_SOURCE("servegen");
  const Source s("servegen");
  ASSERT_EQ(s.info["traces"].size(), 2U);
  EXPECT_TRUE(s.info["no_traces"].empty());
  const Json& r1 = s.info["traces"][0];
  const Json& large = s.info["traces"][1];
  expect_set(s, r1, "deepseek-r1");
  expect_set(s, large, "m-large");
  s.equals(r1["window_s"], "Windows of ([0-9]+) s");
  s.equals(r1["span_s"].get<double>() / 3600, row_of("deepseek-r1", 2) + " ([0-9]+) h");
  s.equals(large["span_s"].get<double>() / 86400, row_of("m-large", 2) + " ([0-9]+) days");
  s.equals(r1["requests"].get<double>() / 1e6, "Implied requests: ([0-9.]+) M \\(r1\\)");
  s.equals(large["requests"].get<double>() / 1e6, "\\(r1\\), ([0-9]+) M");
  s.equals(100 * r1["largest_client_share"].get<double>(), "largest: ([0-9]+) % of r1");
  s.equals(100 * large["largest_client_share"].get<double>(), "of r1, ([0-9]+) % of m-large");
  EXPECT_TRUE(r1["clients_without_lengths"].empty());
  s.equals(static_cast<double>(large["clients_without_lengths"].size()),
           "([0-9]+) of 162 length files");
  s.equals(100 * large["share_without_lengths"].get<double>(), "([0-9.]+) % of its traffic");
  std::istringstream list(s.find("m-large lacks chunk ([0-9 ]+) -dataset"));
  std::vector<int> lacking{std::istream_iterator<int>(list), {}};
  std::sort(lacking.begin(), lacking.end());
  EXPECT_EQ(large["clients_without_lengths"].get<std::vector<int>>(), lacking);
}

}  // namespace
}  // namespace pigou
