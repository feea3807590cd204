#include "study/figures.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {
namespace {

template <auto kField, class Summary>
double real_of(const Summary& summary) {
  return summary.*kField;
}
template <auto kField, class Summary>
std::uint64_t count_of(const Summary& summary) {
  return summary.*kField;
}
template <auto kLatency, auto kValue>
double real_of(const RunSummary& summary) {
  return summary.*kLatency.*kValue;
}
template <auto kLatency, auto kValue>
std::uint64_t count_of(const RunSummary& summary) {
  return summary.*kLatency.*kValue;
}

using enum Better;
constexpr ShownAs kUnshown = {};

template <class Summary = RunSummary>
constexpr FigureOf<Summary> number(std::string_view key, std::string_view unit,
                                   std::string_view definition, double (*value)(const Summary&),
                                   Better better = kNeither, ShownAs shown = kUnshown,
                                   std::string_view alias = {}) {
  return {key, unit, definition, better, value, nullptr, shown, alias};
}
template <class Summary = RunSummary>
constexpr FigureOf<Summary> counted(std::string_view key, std::string_view unit,
                                    std::string_view definition,
                                    std::uint64_t (*value)(const Summary&),
                                    Better better = kNeither, ShownAs shown = kUnshown,
                                    std::string_view alias = {}) {
  return {key, unit, definition, better, nullptr, value, shown, alias};
}

constexpr Figure kFigures[] = {
    counted("requests.arrived", "requests", "Requests the clients sent.",
            count_of<&RunSummary::arrived>, kNeither, ShownAs{"arrived", "req", 1}, "arrived"),
    counted("requests.finished", "requests", "Requests whose last token the client got.",
            count_of<&RunSummary::finished>, kHigher, ShownAs{"finished", "req", 1}, "finished"),
    counted("requests.rejected", "requests", "Requests the cluster or the router refused.",
            count_of<&RunSummary::rejected>, kLower, ShownAs{"rejected", "req", 1}, "rejected"),
    counted("requests.timed_out", "requests", "Requests the client gave up.",
            count_of<&RunSummary::timed_out>, kLower, ShownAs{"timed out", "req", 1}, "timed_out"),
    counted("requests.failed", "requests", "Requests lost with their instance and not tried again.",
            count_of<&RunSummary::failed>, kLower, ShownAs{"failed", "req", 1}, "failed"),
    counted("requests.retries", "attempts",
            "Attempts lost, with their instance or for want of one, and made again.",
            count_of<&RunSummary::retries>, kLower, ShownAs{"retries", "", 1}, "retries"),
    counted("requests.moved", "calls", "Calls moved from one engine's waiting queue to another's.",
            count_of<&RunSummary::moved>),
    counted("requests.migrated", "calls", "Running decodes moved to another instance.",
            count_of<&RunSummary::migrated>),
    counted("requests.in_flight", "requests", "Requests that had no end yet when the run ended.",
            count_of<&RunSummary::in_flight>, kLower, ShownAs{"in flight", "req", 1}, "in_flight"),
    counted("requests.zero_output", "requests",
            "Requests with no output in the trace, served as one token.",
            count_of<&RunSummary::zero_output_requests>),
    counted("trace.rows", "rows", "Rows of the trace after its transformations.",
            count_of<&RunSummary::trace_rows>),
    counted("trace.inferred_turns", "rows",
            "Of them, linked to an earlier row by workload.infer_turns.",
            count_of<&RunSummary::inferred_turns>),
    counted("trace.adapters", "adapters", "LoRA adapters its rows ask for.",
            count_of<&RunSummary::adapters>),
    counted("ttft_s.requests", "requests", "Finished requests it is over.",
            count_of<&RunSummary::ttft, &LatencySummary::count>),
    number("ttft_s.mean", "s", "Mean of TTFT over finished requests.",
           real_of<&RunSummary::ttft, &LatencySummary::mean>, kLower, kUnshown, "ttft_mean"),
    number("ttft_s.p50", "s", "Median of TTFT over finished requests.",
           real_of<&RunSummary::ttft, &LatencySummary::p50>, kLower, ShownAs{"TTFT p50", "s", 1},
           "ttft_p50"),
    number("ttft_s.p90", "s", "90th percentile of TTFT over finished requests.",
           real_of<&RunSummary::ttft, &LatencySummary::p90>, kLower, ShownAs{"TTFT p90", "s", 1},
           "ttft_p90"),
    number("ttft_s.p95", "s", "95th percentile of TTFT over finished requests.",
           real_of<&RunSummary::ttft, &LatencySummary::p95>, kLower, kUnshown, "ttft_p95"),
    number("ttft_s.p99", "s", "99th percentile of TTFT over finished requests.",
           real_of<&RunSummary::ttft, &LatencySummary::p99>, kLower, ShownAs{"TTFT p99", "s", 1},
           "ttft_p99"),
    number("ttft_s.max", "s", "Maximum of TTFT over finished requests.",
           real_of<&RunSummary::ttft, &LatencySummary::max>, kLower),
    counted("tpot_s.requests", "requests",
            "Finished requests it is over, those of 2 tokens and more.",
            count_of<&RunSummary::tpot, &LatencySummary::count>),
    number("tpot_s.mean", "s", "Mean of TPOT over finished requests.",
           real_of<&RunSummary::tpot, &LatencySummary::mean>, kLower, kUnshown, "tpot_mean"),
    number("tpot_s.p50", "s", "Median of TPOT over finished requests.",
           real_of<&RunSummary::tpot, &LatencySummary::p50>, kLower, ShownAs{"TPOT p50", "ms", 1e3},
           "tpot_p50"),
    number("tpot_s.p90", "s", "90th percentile of TPOT over finished requests.",
           real_of<&RunSummary::tpot, &LatencySummary::p90>, kLower, kUnshown, "tpot_p90"),
    number("tpot_s.p95", "s", "95th percentile of TPOT over finished requests.",
           real_of<&RunSummary::tpot, &LatencySummary::p95>, kLower, kUnshown, "tpot_p95"),
    number("tpot_s.p99", "s", "99th percentile of TPOT over finished requests.",
           real_of<&RunSummary::tpot, &LatencySummary::p99>, kLower, kUnshown, "tpot_p99"),
    number("tpot_s.max", "s", "Maximum of TPOT over finished requests.",
           real_of<&RunSummary::tpot, &LatencySummary::max>, kLower),
    counted("itl_s.gaps", "gaps",
            "Gaps between tokens it is over, those of unfinished requests too.",
            count_of<&RunSummary::itl, &LatencySummary::count>),
    number("itl_s.mean", "s", "Mean of ITL over every gap.",
           real_of<&RunSummary::itl, &LatencySummary::mean>, kLower, kUnshown, "itl_mean"),
    number("itl_s.p50", "s", "Median of ITL over every gap.",
           real_of<&RunSummary::itl, &LatencySummary::p50>, kLower, kUnshown, "itl_p50"),
    number("itl_s.p90", "s", "90th percentile of ITL over every gap.",
           real_of<&RunSummary::itl, &LatencySummary::p90>, kLower, kUnshown, "itl_p90"),
    number("itl_s.p95", "s", "95th percentile of ITL over every gap.",
           real_of<&RunSummary::itl, &LatencySummary::p95>, kLower, kUnshown, "itl_p95"),
    number("itl_s.p99", "s", "99th percentile of ITL over every gap.",
           real_of<&RunSummary::itl, &LatencySummary::p99>, kLower, kUnshown, "itl_p99"),
    number("itl_s.max", "s", "Maximum of ITL over every gap.",
           real_of<&RunSummary::itl, &LatencySummary::max>, kLower),
    counted("e2e_s.requests", "requests", "Finished requests it is over.",
            count_of<&RunSummary::e2e, &LatencySummary::count>),
    number("e2e_s.mean", "s", "Mean of E2E over finished requests.",
           real_of<&RunSummary::e2e, &LatencySummary::mean>, kLower, ShownAs{"E2E mean", "s", 1},
           "e2e_mean"),
    number("e2e_s.p50", "s", "Median of E2E over finished requests.",
           real_of<&RunSummary::e2e, &LatencySummary::p50>, kLower, ShownAs{"E2E p50", "s", 1},
           "e2e_p50"),
    number("e2e_s.p90", "s", "90th percentile of E2E over finished requests.",
           real_of<&RunSummary::e2e, &LatencySummary::p90>, kLower, kUnshown, "e2e_p90"),
    number("e2e_s.p95", "s", "95th percentile of E2E over finished requests.",
           real_of<&RunSummary::e2e, &LatencySummary::p95>, kLower, kUnshown, "e2e_p95"),
    number("e2e_s.p99", "s", "99th percentile of E2E over finished requests.",
           real_of<&RunSummary::e2e, &LatencySummary::p99>, kLower, kUnshown, "e2e_p99"),
    number("e2e_s.max", "s", "Maximum of E2E over finished requests.",
           real_of<&RunSummary::e2e, &LatencySummary::max>, kLower),
    counted("queue_s.requests", "requests", "Finished requests it is over.",
            count_of<&RunSummary::queue, &LatencySummary::count>),
    number("queue_s.mean", "s", "Mean of queue time over finished requests.",
           real_of<&RunSummary::queue, &LatencySummary::mean>, kLower),
    number("queue_s.p50", "s", "Median of queue time over finished requests.",
           real_of<&RunSummary::queue, &LatencySummary::p50>, kLower),
    number("queue_s.p90", "s", "90th percentile of queue time over finished requests.",
           real_of<&RunSummary::queue, &LatencySummary::p90>, kLower),
    number("queue_s.p95", "s", "95th percentile of queue time over finished requests.",
           real_of<&RunSummary::queue, &LatencySummary::p95>, kLower),
    number("queue_s.p99", "s", "99th percentile of queue time over finished requests.",
           real_of<&RunSummary::queue, &LatencySummary::p99>, kLower),
    number("queue_s.max", "s", "Maximum of queue time over finished requests.",
           real_of<&RunSummary::queue, &LatencySummary::max>, kLower),
    number("throughput.input_tokens_per_s", "tokens/s",
           "Prompt tokens of finished requests per simulated second.",
           real_of<&RunSummary::input_tokens_per_s>, kHigher),
    number("throughput.output_tokens_per_s", "tokens/s",
           "Generated tokens of finished requests per simulated second.",
           real_of<&RunSummary::output_tokens_per_s>, kHigher),
    number("throughput.requests_per_s", "requests/s", "Finished requests per simulated second.",
           real_of<&RunSummary::requests_per_s>, kHigher, ShownAs{"requests/s", "", 1}),
    number("load.requests_per_s", "requests/s",
           "Nominal load: rows over the trace's length, times copies and workload.load; none where "
           "requests wait for answers.",
           real_of<&RunSummary::nominal_requests_per_s>),
    number("load.sessions_per_s", "sessions/s",
           "Nominal load of sessions: their starts per second; none where no clock starts them.",
           real_of<&RunSummary::nominal_sessions_per_s>),
    number("goodput.attained_fraction", "1",
           "Share of arrived requests that met every target set in slo.",
           real_of<&RunSummary::slo_attained_fraction>, kHigher, ShownAs{"SLO met", "%", 100},
           "attainment"),
    number("goodput.requests_per_s", "requests/s",
           "Requests that met every target per simulated second.",
           real_of<&RunSummary::goodput_requests_per_s>, kHigher, ShownAs{"goodput", "req/s", 1}),
    number("cache.hit_ratio", "1", "Hit tokens over prompt tokens of admitted requests.",
           real_of<&RunSummary::hit_ratio>, kHigher, ShownAs{"cache hit", "%", 100}),
    counted("cache.hit_tokens", "tokens", "Prompt tokens found in KV cache at first admission.",
            count_of<&RunSummary::hit_tokens>, kHigher),
    counted("cache.phantom_hit_tokens", "tokens",
            "Tokens the router believed cached on the chosen instance and that were not.",
            count_of<&RunSummary::phantom_hit_tokens>, kLower),
    counted("cache.missed_hit_tokens", "tokens",
            "Tokens cached on the chosen instance that the router did not believe in.",
            count_of<&RunSummary::missed_hit_tokens>, kLower),
    counted("signals.kv_messages_lost", "messages",
            "KV messages of engines that did not reach a router replica, counted by replica.",
            count_of<&RunSummary::kv_messages_lost>),
    counted("signals.kv_resyncs", "resyncs",
            "Times a router replica took over the whole cache state of an instance.",
            count_of<&RunSummary::kv_resyncs>),
    number("balance.cv_pending_prefill_tokens", "1",
           "Coefficient of variation of pending prefill tokens over instances, mean over busy "
           "timeline rows.",
           real_of<&RunSummary::cv_pending_prefill_tokens>, kLower,
           ShownAs{"imbalance", "x mean", 1}),
    counted("network.transferred_bytes", "bytes",
            "KV bytes moved from prefill to decode instances.",
            count_of<&RunSummary::transferred_bytes>),
    counted("gateway.decisions", "decisions", "Questions put to the policy.",
            count_of<&RunSummary::decisions>),
    counted("gateway.breakers_opened", "times",
            "Times a circuit breaker of a router replica opened.",
            count_of<&RunSummary::breakers_opened>),
    number("gateway.decision_wait_s.mean", "s", "Mean wait of a decision for its router replica.",
           real_of<&RunSummary::decision_wait, &LatencySummary::mean>, kLower),
    number("gateway.decision_wait_s.p99", "s", "99th percentile of that wait.",
           real_of<&RunSummary::decision_wait, &LatencySummary::p99>, kLower),
    number("sim.simulated_s", "s", "First arrival to last event.",
           real_of<&RunSummary::simulated_s>),
    counted("sim.engine_steps", "steps", "Engine steps of all instances.",
            count_of<&RunSummary::engine_steps>),
};

constexpr PoolFigure kPoolFigures[] = {
    counted<PoolSummary>("instances", "instances", "Instances in the pool.",
                         count_of<&PoolSummary::instances>),
    number<PoolSummary>("utilisation", "1", "Share of instance time spent inside a step.",
                        real_of<&PoolSummary::utilisation>),
    number<PoolSummary>("available", "1", "Share of instance time in which requests were taken.",
                        real_of<&PoolSummary::available>, kHigher),
    counted<PoolSummary>("preemptions", "preemptions",
                         "Sequences sent back to the queue for want of KV blocks.",
                         count_of<&PoolSummary::preemptions>, kLower),
    number<PoolSummary>("kv_peak", "1", "Highest share of KV blocks in use on any instance.",
                        real_of<&PoolSummary::kv_peak>),
    counted<PoolSummary>("kv_capacity_tokens", "tokens", "KV capacity of one instance.",
                         count_of<&PoolSummary::kv_capacity_tokens>),
    counted<PoolSummary>("evicted_blocks", "blocks", "Cached blocks given up for new ones.",
                         count_of<&PoolSummary::evicted_blocks>, kLower),
    counted<PoolSummary>("steps", "steps", "Engine steps of the pool.",
                         count_of<&PoolSummary::steps>),
};

}  // namespace

std::span<const Figure> figures() { return kFigures; }

std::span<const PoolFigure> pool_figures() { return kPoolFigures; }

const Figure* find_figure(std::string_view word) {
  const auto found = std::ranges::find_if(kFigures, [&](const Figure& figure) {
    return figure.key == word || (!word.empty() && figure.alias == word);
  });
  return found == std::end(kFigures) ? nullptr : found;
}

const Figure& figure_called(std::string_view key) {
  const Figure* figure = find_figure(key);
  require(figure != nullptr && figure->key == key, "no figure has this key");
  return *figure;
}

std::vector<const Figure*> figures_called(std::span<const std::string_view> keys) {
  std::vector<const Figure*> named;
  for (const std::string_view key : keys) named.push_back(&figure_called(key));
  return named;
}

std::string with_slashes(std::string_view key) {
  std::string path(key);
  std::ranges::replace(path, '.', '/');
  return path;
}

}  // namespace pigou
