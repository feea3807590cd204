#include "workload/adapters.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"

namespace pigou {
namespace {

/// The rows that have an adapter, adapter by adapter.
std::vector<std::uint32_t> rows_by_adapter(const std::vector<std::uint32_t>& adapter) {
  std::vector<std::uint32_t> rows(adapter.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::erase_if(rows, [&](std::uint32_t row) { return adapter[row] == 0; });
  std::ranges::stable_sort(rows, {}, [&](std::uint32_t row) { return adapter[row]; });
  return rows;
}

void rename_blocks(Trace& trace, const std::vector<std::uint32_t>& adapter) {
  std::vector<std::uint32_t> renamed_for(trace.distinct_blocks, 0);  // the last adapter, by old id
  std::vector<std::uint32_t> name(trace.distinct_blocks, kNoIndex);
  for (const std::uint32_t row : rows_by_adapter(adapter)) {
    for (std::uint64_t at = trace.block_begin[row]; at < trace.block_begin[row + 1]; ++at) {
      std::uint32_t& id = trace.block_ids[at];
      if (renamed_for[id] != adapter[row]) {
        if (trace.distinct_blocks == kNoIndex)
          throw UserError("the trace has too many blocks", "each adapter's are its own",
                          "cut it with workload.head");
        renamed_for[id] = adapter[row];
        name[id] = trace.distinct_blocks++;
      }
      id = name[id];
    }
  }
}

}  // namespace

std::vector<std::uint32_t> adapters_of(const Trace& trace) {
  const LabelColumn* label = trace.label("adapter");
  if (label == nullptr) return {};
  std::vector<std::uint32_t> adapter(trace.rows(), 0);
  for (std::size_t row = 0; row < adapter.size(); ++row)
    if (label->code[row] != kNoIndex) adapter[row] = label->code[row] + 1;
  if (std::ranges::all_of(adapter, [](std::uint32_t a) { return a == 0; })) adapter.clear();
  return adapter;
}

void separate_adapters(Trace& trace) {
  const std::vector<std::uint32_t> adapter = adapters_of(trace);
  if (adapter.empty()) return;
  if (trace.block_tokens != 0) rename_blocks(trace, adapter);
  for (std::uint32_t row = 0; row < trace.previous_turn.size(); ++row) {
    std::uint32_t& previous = trace.previous_turn[row];
    if (previous != kNoIndex && adapter[previous] != adapter[row]) previous = kNoIndex;
  }
}

}  // namespace pigou
