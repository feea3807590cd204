// Dynamo with router_selection_policy=lmetric, August 2026: the lowest product
//   max(0, (prefill tokens in flight + input) / B - credit * overlap) * (active blocks + 1)
// instead of dynamo-kv's sum, after the LMetric paper (arXiv 2603.15202), which multiplies new
// prefill tokens by batch size; Dynamo counts the prefill queue in and blocks instead of requests.
// A prompt believed to be cached to its end, where nobody prefills, costs nothing whatever the
// load: such instances tie. prefill_load_scale and decode_active_request_weight have no part in a
// product. Everything else is dynamo-kv's, the decode side of a split cluster included. Source:
// ai-dynamo/dynamo, router_selection_policy=lmetric (second-hand); arXiv 2603.15202, its abstract.
#include "routing/dynamo/kv_router.hpp"

namespace pigou {

PolicyInfo dynamo_lmetric_policy() {
  return {"dynamo-lmetric@2026-08",
          "NVIDIA Dynamo's LMetric option: prefill work after cache credit times active blocks",
          "source, second-hand: ai-dynamo/dynamo, router_selection_policy=lmetric; the paper "
          "it follows (arXiv 2603.15202) by its abstract",
          "KV event stream (asynchronous); exact local booking of prefill tokens and blocks",
          DecodeStage::kAfterPrefill,
          true,
          dynamo_parameters(),
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return make_dynamo_router(values, layout, DynamoForm::kProduct);
          },
          {},
          "KV blocks squared: prefill work after cache credit, times active blocks",
          kDynamoLost,
          true,
          dynamo_label_settings()};
}

}  // namespace pigou
