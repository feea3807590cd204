#include "scoring/batch.hpp"

#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/system/cpp/execution_policy.h>

#include "core/error.hpp"
#include "scoring/scorer.hpp"

namespace pigou {
namespace {

template <class T>
const T* column(const std::vector<T>& values, std::size_t entries, const char* what) {
  require(values.empty() || values.size() == entries, what);
  return values.empty() ? nullptr : values.data();
}

}  // namespace

BatchView ScoreBatch::view() const {
  const std::size_t requests = request_rows.size();
  require(instances >= 0, "a batch has a number of instances");
  const auto width = static_cast<std::size_t>(instances);
  require(state_of.size() == requests, "state_of has one entry per request");
  require(draws.size() == requests, "draws has one entry per request");
  for (const std::uint32_t state : state_of)
    require(state < pools.size(), "state_of names a row of pools");
  const std::size_t loads = pools.size() * width;
  const std::size_t own = requests * width;
  BatchView view;
  view.requests = static_cast<std::int64_t>(requests);
  view.instances = instances;
  view.request_rows = request_rows.data();
  view.state_of = state_of.data();
  view.draws = draws.data();
  view.pools = pools.data();
  view.active_prefill_tokens = column(active_prefill_tokens, loads, "active_prefill_tokens");
  view.active_blocks = column(active_blocks, loads, "active_blocks");
  view.active_requests = column(active_requests, loads, "active_requests");
  view.prefill_s_per_token = column(prefill_s_per_token, loads, "prefill_s_per_token");
  view.eligible = column(eligible, loads, "eligible");
  view.overlap_blocks = column(overlap_blocks, own, "overlap_blocks");
  view.shared_active_blocks = column(shared_active_blocks, own, "shared_active_blocks");
  return view;
}

std::vector<ChoiceResult> choose_batch_cpu(const ScoreBatch& batch, const AnyCost& cost,
                                           const AnyChoice& choice) {
  const BatchView view = batch.view();
  std::vector<ChoiceResult> results(batch.request_rows.size());
  std::visit(
      [&](const auto& body, const auto& choose) {
        Scorer scorer;
        const thrust::counting_iterator<std::int64_t> first(0);
        thrust::for_each(thrust::cpp::par, first, first + view.requests, [&](std::int64_t r) {
          results[static_cast<std::size_t>(r)] =
              scorer.choose(body, choose, view.request_rows[r], view.columns(r),
                            view.pools[view.state_of[r]], view.draws[r]);
        });
      },
      cost, choice);
  return results;
}

std::vector<ChoiceResult> choose_batch(const ScoreBatch& batch, const AnyCost& cost,
                                       const AnyChoice& choice) {
  if (cuda_absence().empty()) return choose_batch_cuda(batch, cost, choice);
  return choose_batch_cpu(batch, cost, choice);
}

}  // namespace pigou
