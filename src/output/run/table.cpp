#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/version.hpp"
#include "output/run/beside_measured.hpp"
#include "output/run/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/request_counts.hpp"
#include "output/text/table.hpp"
#include "scoring/scorer.hpp"

namespace pigou {
namespace {

constexpr std::size_t kLabel = 12;
using Side = TableColumn::Side;

std::string label(std::string_view text) { return left(text, kLabel); }

/// First columns of this table's parts: their cells begin where the words behind labels do.
TableColumn label_column(const char* title = "") { return {title, "", Side::kLeft, kLabel - 2}; }

std::string latency_rows(const RunSummary& summary) {
  std::vector<TableColumn> columns = {label_column()};
  for (const char* title : {"mean", "p50", "p90", "p99", "max"})
    columns.push_back({title, "", Side::kRight, 9});
  columns.push_back({"", "", Side::kLeft});
  TextTable table(columns);
  // `over` is what the figures are over: requests, but for ITL.
  const auto row = [&](const char* title, const LatencySummary& s, double scale,
                       const std::string& over) {
    std::vector<std::string> cells = {title};
    for (const double value : {s.mean, s.p50, s.p90, s.p99, s.max})
      cells.push_back(significant(value * scale, 4));
    cells.push_back("over " + over);
    table.row(cells);
  };
  const auto requests = [&](const LatencySummary& latency) {
    return share_text(latency.count, summary.arrived) + " requests";
  };
  row("TTFT s", summary.ttft, 1, requests(summary.ttft));
  row("TPOT ms", summary.tpot, 1e3, requests(summary.tpot));
  row("ITL ms", summary.itl, 1e3, grouped(summary.itl.count) + " gaps");
  row("E2E s", summary.e2e, 1, requests(summary.e2e));
  row("queue s", summary.queue, 1, requests(summary.queue));
  return table.text();
}

std::string request_row(const RunSummary& summary) {
  std::string row = label("requests") + counts_text(summary) + "\n";
  if (summary.retries > 0)
    row += label("retries") + grouped(summary.retries) + " attempts lost and made again\n";
  for (const auto& [reason, count] : summary.rejected_by)
    row += label("") + "rejected " + grouped(count) + ": " + reason + "\n";
  return row;
}

/// What changed while it ran: the first few.
std::string changes_row(const RunSummary& summary) {
  constexpr std::size_t kMostShown = 4;
  const auto& changes = summary.parameter_changes;
  if (changes.empty()) return "";
  std::string text = changes.size() == 1 ? "1 of the router's parameters"
                                         : grouped(changes.size()) + " of the router's parameters";
  for (std::size_t c = 0; c < std::min(kMostShown, changes.size()); ++c)
    text += fmt::format("{} {}={:g} at {:g} s{}", c == 0 ? ":" : ",", changes[c].parameter,
                        changes[c].value, changes[c].time_s,
                        changes[c].by_controller ? " by the controller" : "");
  if (changes.size() > kMostShown) text += ", ...";
  return paragraph("changes", text, kLabel);
}

/// "2.5x the trace: 8.42 requests/s nominal"; empty where nothing says how often requests come.
std::string load_row(const WorkloadOptions& workload, const RunSummary& summary) {
  const bool sessions = summary.nominal_sessions_per_s > 0;
  const double rate = sessions ? summary.nominal_sessions_per_s : summary.nominal_requests_per_s;
  if (!(rate > 0)) return {};
  return label("load") + significant(workload.load, 3) + "x, nominally " + significant(rate, 4) +
         (sessions ? " sessions/s\n" : " requests/s\n");
}

std::string goodput_row(const SloConfig& slo, const RunSummary& summary) {
  const std::string targets = slo_text(slo);
  if (targets.empty()) return label("goodput") + "not counted: the scenario sets no slo\n";
  return fmt::format("{}{} of requests met the targets ({}): {} requests/s\n", label("goodput"),
                     percent(summary.slo_attained_fraction), targets,
                     significant(summary.goodput_requests_per_s, 4));
}

std::string pool_rows(const RunSummary& summary) {
  TextTable table({label_column("pool"),
                   {"role", "", Side::kLeft, 10},
                   {"instances"},
                   {"busy", "", Side::kRight, 7},
                   {"preemptions"},
                   {"KV peak", "", Side::kRight, 7},
                   {"KV", "tokens", Side::kRight, 10}});
  for (const auto& pool : summary.pools)
    table.row({pool.name, pool.role, grouped(pool.instances), percent(pool.utilisation),
               grouped(pool.preemptions), percent(pool.kv_peak), grouped(pool.kv_capacity_tokens)});
  return table.text();
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
    const auto [value, unit] =
        seconds < 1 ? std::pair(seconds * 1e3, "ms") : std::pair(seconds, "s");
    targets += fmt::format("{}{} <= {:g} {}", targets.empty() ? "" : ", ", name, value, unit);
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
  if (workload.load != 1)
    add("load " + significant(workload.load, 3) +
        ": copies laid over each other, whole conversations kept or left out");
  if (workload.part.parts > 1)
    add("part " + grouped(workload.part.part) + " of " + grouped(workload.part.parts) +
        " of the trace");
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
  std::string text =
      fmt::format("scenario {} ({}), router {}, seed {}, {}\n\n", scenario.name, scenario.hash,
                  scenario.config.router.name, scenario.config.seed, build_text());
  text += request_row(summary) + changes_row(summary) + "\n" + latency_rows(summary) + "\n";
  text += fmt::format("{}{} input tokens/s, {} output tokens/s, {} requests/s\n",
                      label("throughput"), significant(summary.input_tokens_per_s, 4),
                      significant(summary.output_tokens_per_s, 4),
                      significant(summary.requests_per_s, 4));
  text += load_row(scenario.workload, summary);
  text += goodput_row(scenario.config.slo, summary);
  text += paragraph(
      "cache",
      fmt::format("{} of prompt tokens hit ({} tokens); the router believed in {} "
                  "tokens more and missed {} tokens",
                  percent(summary.hit_ratio), grouped(summary.hit_tokens),
                  grouped(summary.phantom_hit_tokens), grouped(summary.missed_hit_tokens)),
      kLabel);
  text += label("balance") + "pending prefill tokens vary by " +
          significant(summary.cv_pending_prefill_tokens, 3) + " x their mean over instances\n\n";
  text += recorded_table(scenario, summary);
  text += pool_rows(summary) + "\n" + model_lines(summary);
  text += paragraph("assumed", assumptions_text(scenario, summary), kLabel);
  text += paragraph(
      "speed",
      fmt::format("{} s simulated in {} s, {} requests/s, {} events, {} engine steps, {} MiB",
                  significant(summary.simulated_s, 4), significant(times.run_s, 3),
                  significant(static_cast<double>(summary.arrived) / times.run_s, 3),
                  grouped(summary.events), grouped(summary.engine_steps),
                  grouped(peak_rss_bytes() >> 20)),
      kLabel);
  text += label("results") +
          (file.empty() ? std::string("not kept; add -o FILE.h5 or --json") : file) + "\n";
  return text;
}

}  // namespace pigou
