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
  view.own_per_request = own_per_request;
  view.eligible = column(eligible, loads, "eligible");
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  view.name = column(name, view.per_request(ColumnOf::whose) ? own : loads, #name);
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  return view;
}

BatchView ScoreBatch::view_for(const AnyCost& cost) const {
  const BatchView seen = view();
  if (seen.requests == 0 || instances == 0) return seen;
  require_columns(reads_of(cost), seen.columns(0));
  return seen;
}

std::vector<ChoiceResult> choose_batch_cpu(const ScoreBatch& batch, const AnyCost& cost,
                                           const AnyChoice& choice) {
  const BatchView view = batch.view_for(cost);
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
