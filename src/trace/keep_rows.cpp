#include "trace/keep_rows.hpp"

namespace pigou {
namespace {

template <class T>
void keep_entries(std::vector<T>& column, const std::vector<std::uint8_t>& keep) {
  if (column.empty()) return;
  std::size_t to = 0;
  for (std::size_t from = 0; from < keep.size(); ++from)
    if (keep[from]) column[to++] = column[from];
  column.resize(to);
}

void keep_blocks(Trace& trace, const std::vector<std::uint8_t>& keep) {
  if (trace.block_tokens == 0) return;
  std::size_t row_to = 0;
  std::size_t to = 0;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (!keep[row]) continue;
    const std::size_t end = trace.block_begin[row + 1];
    std::size_t from = trace.block_begin[row];
    trace.block_begin[row_to++] = to;
    while (from < end) trace.block_ids[to++] = trace.block_ids[from++];
  }
  trace.block_begin[row_to] = to;
  trace.block_begin.resize(row_to + 1);
  trace.block_ids.resize(to);
  std::vector<std::uint32_t> dense(trace.distinct_blocks, kNoIndex);
  std::uint32_t next = 0;
  for (std::uint32_t& id : trace.block_ids) {
    if (dense[id] == kNoIndex) dense[id] = next++;
    id = dense[id];
  }
  trace.distinct_blocks = next;
}

void keep_lanes(Trace& trace, const std::vector<std::uint32_t>& new_row) {
  std::vector<std::uint32_t> new_session(trace.sessions, kNoIndex);
  std::vector<Trace::Lane> lanes;
  std::vector<SimTime> session_arrival;
  std::uint32_t sessions = 0;
  for (Trace::Lane lane : trace.lanes) {
    std::uint32_t first = kNoIndex, rows = 0;
    for (std::uint32_t row = lane.first_row; row < lane.end_row; ++row) {
      if (new_row[row] == kNoIndex) continue;
      if (rows++ == 0) first = new_row[row];
    }
    if (rows == 0) continue;
    if (new_session[lane.session] == kNoIndex) {
      new_session[lane.session] = sessions++;
      if (!trace.session_arrival.empty())
        session_arrival.push_back(trace.session_arrival[lane.session]);
    }
    const std::uint32_t trigger = lane.trigger == kNoIndex ? kNoIndex : new_row[lane.trigger];
    lanes.push_back({first, first + rows, new_session[lane.session], trigger});
  }
  trace.lanes = std::move(lanes);
  trace.sessions = sessions;
  trace.session_arrival = std::move(session_arrival);
}

}  // namespace

void keep_rows(Trace& trace, const std::vector<std::uint8_t>& keep) {
  std::vector<std::uint32_t> new_row(keep.size(), kNoIndex);
  std::uint32_t kept = 0;
  for (std::size_t row = 0; row < keep.size(); ++row)
    if (keep[row]) new_row[row] = kept++;
  if (kept == keep.size()) return;
  keep_blocks(trace, keep);
  for_each_row_column(trace, [&keep](auto& column) { keep_entries(column, keep); });
  keep_entries(trace.previous_turn, keep);
  for (std::uint32_t& previous : trace.previous_turn)
    if (previous != kNoIndex) previous = new_row[previous];
  keep_lanes(trace, new_row);
}

}  // namespace pigou
