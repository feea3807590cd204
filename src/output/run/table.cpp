#include <algorithm>
#include <cstdio>

#include "core/version.hpp"
#include "output/run/beside_measured.hpp"
#include "output/run/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/request_counts.hpp"
#include "scoring/scorer.hpp"

namespace pigou {
namespace {

constexpr std::size_t kLabel = 12;
constexpr std::size_t kColumn = 11;

std::string label(std::string_view text) { return left(text, kLabel); }

/// `over` is what the figures are over: requests, but for ITL.
std::string latency_row(std::string_view title, const LatencySummary& s, double scale,
                        const std::string& over) {
  std::string row = label(title);
  for (const double value : {s.mean, s.p50, s.p90, s.p99, s.max})
    row += right(significant(value * scale, 4), kColumn);
  return row + "  over " + over + "\n";
}

std::string latency_rows(const RunSummary& summary) {
  std::string rows = label("");
  for (const char* title : {"mean", "p50", "p90", "p99", "max"}) rows += right(title, kColumn);
  rows += '\n';
  const auto requests = [&](const LatencySummary& latency) {
    return share_text(latency.count, summary.arrived) + " requests";
  };
  rows += latency_row("TTFT s", summary.ttft, 1, requests(summary.ttft));
  rows += latency_row("TPOT ms", summary.tpot, 1e3, requests(summary.tpot));
  rows += latency_row("ITL ms", summary.itl, 1e3, grouped(summary.itl.count) + " gaps");
  rows += latency_row("E2E s", summary.e2e, 1, requests(summary.e2e));
  rows += latency_row("queue s", summary.queue, 1, requests(summary.queue));
  return rows;
}

std::string request_row(const RunSummary& summary) {
  std::string row = label("requests") + counts_text(summary) + "\n";
  if (summary.retries > 0)
    row += label("retries") + grouped(summary.retries) + " attempts lost and made again\n";
  for (const auto& [reason, count] : summary.rejected_by)
    row += label("") + "rejected " + grouped(count) + ": " + reason + "\n";
  return row;
}

std::string goodput_row(const SloConfig& slo, const RunSummary& summary) {
  const std::string targets = slo_text(slo);
  if (targets.empty()) return label("goodput") + "not counted: the scenario sets no slo\n";
  return label("goodput") + percent(summary.slo_attained_fraction) +
         " of requests met the targets (" + targets +
         "): " + significant(summary.goodput_requests_per_s, 4) + " requests/s\n";
}

std::string pool_rows(const RunSummary& summary) {
  std::string rows = label("pool") + left("role", 12) + right("instances", 10) + right("busy", 9) +
                     right("preemptions", 13) + right("KV peak", 9) + right("KV tokens", 12) + "\n";
  for (const auto& pool : summary.pools)
    rows += label(pool.name) + left(pool.role, 12) + right(grouped(pool.instances), 10) +
            right(percent(pool.utilisation), 9) + right(grouped(pool.preemptions), 13) +
            right(percent(pool.kv_peak), 9) + right(grouped(pool.kv_capacity_tokens), 12) + "\n";
  return rows;
}

}  // namespace

std::string result_backend() { return Scorer::kBackend; }

std::string build_text() {
  const BuildFacts facts = build_facts();
  return "backend " + result_backend() + ", pigou " + std::string(facts.version) + " " +
         std::string(facts.revision);
}

std::string slo_text(const SloConfig& slo) {
  std::string targets;
  const auto add = [&](const char* name, double seconds) {
    if (seconds <= 0) return;
    char value[32];
    std::snprintf(value, sizeof value, "%g %s", seconds < 1 ? seconds * 1e3 : seconds,
                  seconds < 1 ? "ms" : "s");
    targets += (targets.empty() ? "" : ", ") + std::string(name) + " <= " + value;
  };
  add("TTFT", slo.ttft_s);
  add("TPOT", slo.tpot_s);
  add("E2E", slo.e2e_s);
  return targets;
}

std::string provenance_text(const StepModelProvenance& provenance) {
  std::string text = provenance.kind + " step times";
  if (!provenance.model.empty())
    text += " of " + provenance.model + " on " + provenance.gpu + " tp" +
            std::to_string(provenance.tp) + " " + provenance.dtype;
  if (!provenance.source.empty()) text += " from " + provenance.source;
  const char* regimes[] = {"decode", "prefill", "mixed"};
  std::string errors;
  for (std::size_t r = 0; r < 3; ++r)
    if (provenance.median_error_percent[r] >= 0)
      errors += (errors.empty() ? "" : ", ") + std::string(regimes[r]) + " " +
                fixed(provenance.median_error_percent[r], 1) + " %";
  text += errors.empty() ? ", no held-out error" : ", held-out median error " + errors;
  return text;
}

std::string model_lines(const RunSummary& summary) {
  std::string lines, last;
  for (const auto& pool : summary.pools) {
    std::string text =
        paragraph("model", pool.engine + ", " + provenance_text(pool.provenance), kLabel);
    if (!pool.provenance.note.empty()) text += paragraph("", pool.provenance.note, kLabel);
    if (text != last) lines += text;
    last = text;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& clauses) {
  std::string text;
  for (const std::string& clause : clauses) text += (text.empty() ? "" : "; ") + clause;
  return text;
}

std::vector<std::string> assumptions(const Scenario& scenario, const RunSummary& summary,
                                     const std::vector<RouterUse>& routers) {
  const WorkloadOptions& workload = scenario.workload;
  std::vector<std::string> clauses;
  const auto add = [&](const std::string& clause) { clauses.push_back(clause); };
  if (workload.jitter_s > 0)
    add("arrivals moved by up to " + significant(workload.jitter_s, 3) + " s (jitter)");
  if (workload.rate_scale != 1)
    add("arrival and think times divided by " + significant(workload.rate_scale, 3));
  if (workload.truncate_input_tokens > 0)
    add("prompts cut to " + grouped(workload.truncate_input_tokens) + " tokens");
  if (workload.infer_turns) {
    const auto rows = static_cast<double>(std::max<std::uint64_t>(1, summary.trace_rows));
    add("turns inferred from block ids for " + grouped(summary.inferred_turns) + " of " +
        grouped(summary.trace_rows) + " rows (" +
        percent(static_cast<double>(summary.inferred_turns) / rows) + ")");
  }
  for (const ClassShare& share : workload.policy_class_shares)
    add(percent(share.share) + " of conversations drawn into policy class " + share.name);
  if (workload.overlay > 1) add(grouped(workload.overlay) + " copies laid over each other");
  if (workload.repeat > 1) add(grouped(workload.repeat) + " copies in a row");
  if (scenario.config.cluster.pools.front().role != Role::kAggregated)
    add(std::string("first token seen from the ") +
        (scenario.config.first_token == FirstToken::kDecode ? "decode" : "prefill") + " side");
  if (summary.adapters > 0)
    add(grouped(summary.adapters) + " LoRA adapters, loaded in no time, steps as without them");
  if (summary.zero_output_requests > 0)
    add(grouped(summary.zero_output_requests) + " requests without output served as one token");
  for (const std::string& note : label_notes(routers)) add(note);
  if (!summary.exact_percentiles) add("percentiles from a histogram, at most 0.1 % off");
  add(summary.random ? "draws depend on the seed" : "nothing is random");
  return clauses;
}

std::string assumptions_text(const Scenario& scenario, const RunSummary& summary) {
  const std::string& router = scenario.config.router.name;
  return joined(assumptions(scenario, summary, {{router, router, summary.unused}}));
}

std::string report_table(const RunReport& report) {
  const auto& [scenario, summary, times, file] = report;
  std::string text = "scenario " + scenario.name + " (" + scenario.hash + "), router " +
                     scenario.config.router.name + ", seed " +
                     std::to_string(scenario.config.seed) + ", " + build_text() + "\n\n";
  text += request_row(summary) + "\n" + latency_rows(summary) + "\n";
  text += label("throughput") + significant(summary.input_tokens_per_s, 4) + " input tokens/s, " +
          significant(summary.output_tokens_per_s, 4) + " output tokens/s, " +
          significant(summary.requests_per_s, 4) + " requests/s\n";
  text += goodput_row(scenario.config.slo, summary);
  text += paragraph("cache",
                    percent(summary.hit_ratio) + " of prompt tokens hit (" +
                        grouped(summary.hit_tokens) + " tokens); the router believed in " +
                        grouped(summary.phantom_hit_tokens) + " tokens more and missed " +
                        grouped(summary.missed_hit_tokens) + " tokens",
                    kLabel);
  text += label("balance") + "pending prefill tokens vary by " +
          significant(summary.cv_pending_prefill_tokens, 3) + " x their mean over instances\n\n";
  text += recorded_table(scenario, summary);
  text += pool_rows(summary) + "\n" + model_lines(summary);
  text += paragraph("assumed", assumptions_text(scenario, summary), kLabel);
  text += paragraph(
      "speed",
      significant(summary.simulated_s, 4) + " s simulated in " + significant(times.run_s, 3) +
          " s, " + significant(static_cast<double>(summary.arrived) / times.run_s, 3) +
          " requests/s, " + grouped(summary.events) + " events, " + grouped(summary.engine_steps) +
          " engine steps, " + grouped(peak_rss_bytes() >> 20) + " MiB",
      kLabel);
  text += label("results") +
          (file.empty() ? std::string("not kept; add -o FILE.h5 or --json") : file) + "\n";
  return text;
}

}  // namespace pigou
