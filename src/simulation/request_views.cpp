#include "simulation/request_views.hpp"

#include <algorithm>

#include "core/random_stream.hpp"

namespace pigou {

RequestViews::RequestViews(std::shared_ptr<const Workload> workload, const ViewNeeds& needs,
                           std::uint32_t entries, std::uint32_t decodes)
    : workload_(std::move(workload)),
      placement_(std::make_shared<RecordedPlacement>(workload_->trace, entries, decodes)) {
  if (needs.recorded_placement) placement_->require_fit();
  if (needs.labels.hints()) hints_ = RequestHintTable(workload_->trace);
}

RequestView RequestViews::of(RequestId request, const View& books) const {
  const Workload& w = *workload_;
  const RowId row{w.row[request]};
  const std::uint32_t copy = w.copy_of(request);
  const std::uint32_t input = std::max(1U, w.trace.input_tokens[row]);
  RequestView view;
  const std::uint32_t block = w.segments.engine_block_tokens;
  view.block_tokens = block;
  view.row = {input, books.blocks_of(input, block)};
  view.copy = copy;
  view.trace_blocks = w.trace.blocks(row);
  view.trace_block_tokens = w.trace.block_tokens;
  view.path = path(row, copy);
  if (books.needs().recorded_placement) {
    view.recorded_entry = InstanceId{placement_->entry(row)};
    view.recorded_decode = InstanceId{placement_->decode(row)};
  }
  if (books.needs().labels.hints()) view.hints = hints_.of(row);
  if (!w.segments.adapter.empty()) view.adapter = w.segments.adapter[row];
  view.session = mix64((std::uint64_t{copy} << 32) | w.conversation[row]);
  return view;
}

RequestView RequestViews::of(const RequestState& state, const View& books) const {
  RequestView view = of(state.request, books);
  if (state.carried > 0) {
    view.row.input_tokens += state.carried;
    view.row.blocks = books.blocks_of(view.row.input_tokens, view.block_tokens);
  }
  return view;
}

PathView RequestViews::path(RowId row, std::uint32_t copy) const {
  const SegmentedTrace& segments = workload_->segments;
  PathView path;
  path.prompt = segments.path(row);
  path.offset = copy * segments.count();
  path.blocks_of = segments.segment_blocks.data();
  return path;
}

}  // namespace pigou
