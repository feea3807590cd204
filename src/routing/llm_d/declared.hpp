// What llm-d's router declares of itself: its scorers by name, their weights, the picker.
#pragma once

#include "routing/llm_d/scorers.hpp"
#include "routing/parts/declaration.hpp"

namespace pigou {

/// Each scorer's column in decision records.
inline constexpr ColumnRead kEppScorerWords[kEppScorers] = {
    {Column::kOwnValues, "queue_score", "1", "fewest calls waiting, scraped"},
    {Column::kOwnValues, "running_score", "1", "fewest sequences running, scraped"},
    {Column::kOwnValues, "kv_cache_utilization_score", "1", "least KV usage, scraped"},
    {Column::kOwnValues, "prefix_score", "1", "share of the prompt believed cached there"},
    {Column::kOwnValues, "load_aware_score", "1", "calls waiting under the threshold, scraped"},
    {Column::kOwnValues, "active_request_score", "1", "fewest requests in flight"},
    {Column::kOwnValues, "token_load_score", "1", "prompt tokens in flight under the threshold"},
    {Column::kOwnValues, "no_hit_lru_score", "1",
     "for a prompt nobody holds, longest without such a one"},
    {Column::kOwnValues, "session_affinity_score", "1", "where the session's last request went"},
    {Column::kOwnValues, "context_length_score", "1",
     "how well the prompt fits the range the pod is labelled for"},
    {Column::kOwnValues, "latency_score", "1", "predicted headroom to the latency targets"},
    {Column::kOwnValues, "lora_affinity_score", "1",
     "whether the request's adapter runs or fits there"},
};

/// The rule of one profile.
DeclaredRule epp_rule(const EppSettings& settings, const EppWeights& weights);

/// Notes what each scorer of the profile says of the candidates of this side that were noted.
void epp_note_scores(DecisionNote& note, EppScorers& scorers, const EppWeights& weights,
                     const EppPods& pods, const EppColdOrder& cold, std::uint32_t session_pod);

}  // namespace pigou
