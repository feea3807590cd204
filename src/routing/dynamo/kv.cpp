// Dynamo's KV router, August 2026: the lowest of
//   prefill_load_scale * max(0, (prefill tokens in flight + input) / B - credit * overlap) + active
//   blocks + decode_active_request_weight * active requests
// in KV blocks, where active blocks count the request's own unless active sequences there share
// them; only whole blocks count, because only they have hashes. credit is overlap_score_credit over
// 1 + decay * (prefill tokens above the least loaded worker, in units of the request). Exact ties
// uniformly at random; temperature > 0 draws from a softmax whose scale is the spread of the costs.
// Split cluster: the prefill side uses this cost; the decode side, chosen when prefill is done,
// load only (credit 0, no reuse assumed).
//
// All of the following is off by default, as it is in Dynamo. Queue: a request waits in the router
// while every worker it may go to has more than router_queue_threshold * max_num_batched_tokens
// prefill tokens in flight, or while others wait; who is first leaves first and nobody passes. A
// strict priority goes before all; within it fcfs, lcfs or wspt, where a priority of p is worth p
// seconds of waiting, for wspt a weight of 1 + p. Both come from the trace's labels strict_priority
// and priority.
//
// Policy classes: router.policy_config is the file of Dynamo's --router-policy-config, any number
// of families by any number of sizes of what is left to compute, and classes chosen by their name
// (the label policy_class), each with a queue, thresholds, an order, a share and limits of its own.
// They take turns by deficit round robin in uncached tokens, and each refuses more once it holds a
// limit, which is checked before the newcomer is counted: Dynamo's HTTP 529, counted as
// queue_limit_529. docs/policy-classes.md has the whole.
//
// Busy thresholds: workers above one take nothing, and when all are, the request is refused
// (overloaded_529).
// Session affinity: a session keeps its worker; hard refuses a request whose worker is overloaded,
// soft sends it elsewhere. Conditional disaggregation: a request is prefilled on its decode worker
// if little is left to compute there or the prefill worker is busy; decode workers then get credit
// for overlap. In a split cluster each side binds sessions on its own (our reading).
//
// use_kv_events=false: the router believes that a worker holds what it was sent, under ttl for
// router_ttl_s after the last sending, pruned to router_prune_target_ratio when there are more than
// router_max_tree_size blocks; under lru while it fits into the worker's KV blocks, requests in
// flight holding theirs and who ended first losing its deepest blocks first. Answers are believed
// nowhere; Dynamo's lru learns them as they stream.
//
// Books: router_track_active_blocks=false drops the decode term, router_track_prefill_tokens=false
// the prefill term; aggregated workers then cost max(0, active blocks - credit), as decode workers
// do, and nobody counts as busy. router_prefill_load_model=linear: prefill in flight fades at the
// pool's own seconds per token, from when it became the oldest on its worker, before a first token
// ends it. router_track_output_blocks: an answer's blocks count from the token that opens each.
// With expected_output=recorded the client has told the answer's length L, and whenever token t
// opens a block, all blocks the request shares with nobody count 1 - t / L each until the next. A
// block that comes to be shared counts in full; in Dynamo it keeps its last share. Tokens are seen
// as they are emitted, whatever gateway.feedback_s; peers under gateway.sync, which is Dynamo's
// replica_sync, hear of neither output nor fading, as there.
//
// Tiers: blocks in host memory and on disk behind the GPU's prefix, and in a cache all workers
// share beyond it, earn host_cache_hit_weight, disk_cache_hit_weight and shared_cache_multiplier
// each, untouched by overlap_score_credit and its decay. Engines here have one tier, so nothing
// supplies such blocks yet and the three weights change no result.
//
// Not there: of router_config_override what is not credit or temperature (the assume and track
// flags of single requests), required and preferred taints, and data-parallel ranks, which no trace
// or cluster here has. Dynamo's other modes are round-robin, random, power-of-d (power-of-two) and
// least-outstanding (least-loaded) here; device-aware-weighted weighs CPU workers against GPU ones,
// direct is told the worker: neither has a case here. Source: ai-dynamo/dynamo
// lib/kv-router/src/scheduling/{selector.rs@01690d42e3b9, selector/default.rs@07a6c9ce3bb0,
// queue.rs@00067c31af57, policy.rs@01690d42, policy_queue.rs@0bebf6de3d18,
// policy_config.rs@0111b619348a, overlap.rs@13a4eeab3ff9},
// sequences/{block_tracker.rs@057096c31e3c, prefill_tracker.rs@0b6b9200b004},
// indexer/{approximate_lru.rs@1157249a263b, pruning.rs@18bcdc90d68b},
// conditional_disagg.rs@088ca50b5d9c.
#include "routing/dynamo/kv_router.hpp"

namespace pigou {

PolicyInfo dynamo_kv_policy() {
  return {"dynamo-kv@2026-08",
          "NVIDIA Dynamo's KV router: least prefill work after cache credit plus active blocks",
          "source: ai-dynamo/dynamo selector.rs@01690d42e3b9, selector/default.rs@07a6c9ce3bb0, "
          "queue.rs@00067c31af57; cost checked against ai-dynamo-runtime 1.4.1 "
          "(results/conformance.md), the options that are off by default by golden cases only",
          "KV event stream (asynchronous); exact local booking of prefill tokens and blocks",
          DecodeStage::kAfterPrefill,
          true,
          dynamo_parameters(),
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return make_dynamo_router(values, layout, DynamoForm::kSum);
          },
          {},
          "KV blocks: prefill work after cache credit, plus active blocks",
          kDynamoLost,
          true,
          dynamo_label_settings()};
}

}  // namespace pigou
