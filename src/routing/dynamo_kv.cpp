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
// prefill tokens in flight, or while others wait; who is first leaves first and nobody passes.
// Busy thresholds: workers above one take nothing, and when all are, the request is refused.
// Session affinity: a session keeps its worker; hard refuses a request whose worker is overloaded,
// soft sends it elsewhere. use_kv_events=false: the router believes that a worker holds what it was
// sent within router_ttl_s. Conditional disaggregation: a request is prefilled on its decode worker
// if little is left to compute there or the prefill worker is busy; decode workers then get credit
// for overlap. In a split cluster each side binds sessions on its own (our reading).
//
// Not there: credits for host memory (0.75), disk (0.25) and a shared cache, since engines here
// have one KV tier; output blocks (router_track_output_blocks, off in Dynamo); priorities and
// policy classes, which no trace carries; the LRU policy of the index without events. Source:
// ai-dynamo/dynamo lib/kv-router/src/scheduling/{selector.rs@01690d42e3b9,
// selector/default.rs@07a6c9ce3bb0, queue.rs@00067c31af57, policy.rs@01690d42},
// conditional_disagg.rs@088ca50b5d9c; routers.md section 2.
#include "routing/dynamo_router.hpp"

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
          kDynamoLost};
}

}  // namespace pigou
