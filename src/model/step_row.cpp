#include "model/step_row.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/catalogue_text.hpp"

namespace pigou {
namespace {

using nlohmann::json;

constexpr const char* kRegimes[3] = {"decode", "prefill", "mixed"};
constexpr double kPsPerMs = 1e9;

// The file holds one object per line: reading one row costs a search, not a parse of all rows.
std::string_view line_starting(std::string_view start) {
  const std::string_view text = step_rows_text();
  const auto begin = text.find(start);
  if (begin == std::string_view::npos) return {};
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.back() == ',') line.remove_suffix(1);
  return line;
}

// The value of a one-line header entry: `"sources": {...},`.
json header(const char* name) {
  const std::string start = "\n\"" + std::string(name) + "\": ";
  const std::string_view line = line_starting(start.substr(1));
  return json::parse(line.substr(start.size() - 1));
}

StepCoefficients coefficients(const json& regime) {
  StepCoefficients c;
  c.knee = regime.at("knee");
  c.constant = regime.at("c0");
  c.token_below = regime.at("c_lo");
  c.token_above = regime.at("c_hi");
  c.sequence = regime.at("cR");
  c.context = regime.at("cC");
  c.attention = regime.at("cA");
  c.prefill_context = regime.at("cP");
  c.expert = regime.at("cE");
  c.median_error_percent = regime.at("test").at(0);
  c.p95_error_percent = regime.at("test").at(1);
  return c;
}

StepCoefficients with_fp8_kv(StepCoefficients c, const json& regime) {
  c.context = regime.at("cC");
  c.attention = regime.at("cA");
  c.median_error_percent = regime.at("test").at(0);
  c.p95_error_percent = regime.at("test").at(1);
  return c;
}

std::int64_t to_ps(double ms) { return std::llround(ms * kPsPerMs); }

// Everything that depends on the step's token count alone.
std::vector<std::int64_t> token_table(const StepCoefficients& c, const StepRow& row,
                                      const std::vector<double>& experts, double host_ms) {
  std::vector<std::int64_t> table(experts.size());
  for (std::size_t at = 0; at < table.size(); ++at) {
    const auto t = static_cast<std::int64_t>(at);
    const auto below = static_cast<double>(std::min(t, c.knee));
    const auto above = static_cast<double>(std::max<std::int64_t>(0, t - c.knee));
    const double all_reduce = row.allreduce_ms + row.allreduce_ms_per_token * (below + above);
    table[at] = to_ps(c.constant + c.token_below * below + c.token_above * above +
                      c.expert * experts[at] + all_reduce + host_ms);
  }
  return table;
}

}  // namespace

std::string row_key(std::string_view gpu, std::string_view model, std::uint32_t tp,
                    std::uint32_t ep, std::string_view dtype) {
  return std::string(gpu) + "/" + std::string(model) + "/tp" + std::to_string(tp) + "/ep" +
         std::to_string(ep) + "/" + std::string(dtype);
}

std::optional<StepRow> find_row(std::string_view key) {
  const std::string_view line = line_starting("{\"key\":\"" + std::string(key) + "\",");
  if (line.empty()) return std::nullopt;
  const json entry = json::parse(line);
  StepRow row;
  row.kind = entry.at("kind");
  const std::string source = entry.at("source");
  row.source = header("sources").at(source);
  row.note = header("notes").at(source);
  if (const auto note = entry.find("note"); note != entry.end())
    row.note += "; " + note->get<std::string>();
  row.allreduce_ms = entry.at("allreduce_ms");
  row.allreduce_ms_per_token = entry.at("allreduce_ms_per_tok");
  for (std::size_t r = 0; r < 3; ++r) row.regimes[r] = coefficients(entry.at(kRegimes[r]));
  if (const auto fp8 = entry.find("kv_fp8"); fp8 != entry.end()) {
    row.fp8_kv.emplace();
    for (std::size_t r = 0; r < 3; ++r)
      (*row.fp8_kv)[r] = with_fp8_kv(row.regimes[r], fp8->at(kRegimes[r]));
  }
  return row;
}

std::vector<std::string> row_keys(std::string_view prefix) {
  const std::string start = "\n{\"key\":\"" + std::string(prefix);
  const std::string_view text = step_rows_text();
  std::vector<std::string> keys;
  for (auto at = text.find(start); at != std::string_view::npos; at = text.find(start, at + 1)) {
    const auto begin = at + start.size() - prefix.size();
    keys.emplace_back(text.substr(begin, text.find('"', begin) - begin));
  }
  return keys;
}

std::string missing_reason(std::string_view key) {
  const std::string_view line = line_starting("{\"missing\":\"" + std::string(key) + "\",");
  return line.empty() ? std::string() : json::parse(line).at("reason").get<std::string>();
}

StepModel integer_model(const StepRow& row, const LlmShape& llm, std::uint32_t ep,
                        std::int64_t max_step_tokens, double host_step_s) {
  const std::vector<double> experts = expected_experts(llm, ep, max_step_tokens);
  StepModel model;
  for (std::size_t r = 0; r < 3; ++r) {
    const StepCoefficients& c = row.regimes[r];
    model.token_ps[r] = token_table(c, row, experts, host_step_s * 1e3);
    model.sequence_ps[r] = to_ps(c.sequence);
    model.context_ps[r] = to_ps(c.context);
    model.prefill_context_ps[r] = to_ps(c.prefill_context);
    // cA counts n*(ctx + n/2), the shape counts twice that; 1 ms = 1e12 fs.
    model.attention_fs[r] = std::llround(c.attention * 1e12 / 2);
  }
  model.prefill_s_per_token = (row.regimes[1].token_above + row.allreduce_ms_per_token) / 1e3;
  return model;
}

}  // namespace pigou
