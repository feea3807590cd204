#include "trace/parse/open_loop.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "core/huge_pages.hpp"
#include "trace/keep_rows.hpp"

namespace pigou {

std::string RowPlace::text() const {
  return "'" + path + "' " + kind + " " + std::to_string(number);
}

void reject_row(const RowPlace& place, const std::string& problem, const std::string& expected) {
  throw UserError(place.text() + ": " + problem, expected,
                  "correct the row, or skip broken rows with --lenient");
}

void reject_tokens(const RowPlace& place, std::string_view field, std::string_view value) {
  reject_row(place, "field '" + std::string(field) + "' is " + std::string(value),
             "a whole number of tokens from 0 to 100,000,000 is expected");
}

void reject_time(const RowPlace& place, std::string_view field, std::string_view value,
                 std::string_view expected) {
  reject_row(place, "field '" + std::string(field) + "' is " + std::string(value),
             std::string(expected) + " is expected");
}

OpenLoopBuilder::OpenLoopBuilder(std::string format, std::uint32_t block_tokens) {
  trace_.format = std::move(format);
  trace_.block_tokens = block_tokens;
  trace_.block_begin.push_back(0);
}

void OpenLoopBuilder::reserve(std::size_t rows, std::size_t ids) {
  reserve_huge(times_, rows);
  reserve_huge(trace_.input_tokens, rows);
  reserve_huge(trace_.output_tokens, rows);
  reserve_huge(trace_.block_begin, rows + 1);
  reserve_huge(trace_.block_ids, ids);
  chain_.reserve(ids);
}

void OpenLoopBuilder::add_row(const TimeStamp& time, std::uint32_t input, std::uint32_t output) {
  times_.push_back(time);
  trace_.input_tokens.push_back(input);
  trace_.output_tokens.push_back(output);
  trace_.block_begin.push_back(trace_.block_ids.size());
  previous_ = kNoIndex;
}

void OpenLoopBuilder::add_row(const TimeStamp& time, std::uint32_t input, std::uint32_t output,
                              std::span<const std::uint64_t> raw_ids) {
  const std::size_t begin = trace_.block_ids.size();
  trace_.block_ids.resize(begin + raw_ids.size());
  chain_.name_all(raw_ids, trace_.block_ids.data() + begin);
  add_row(time, input, output);
}

void OpenLoopBuilder::drop_open_row() {
  trace_.block_ids.resize(trace_.block_begin.back());
  previous_ = kNoIndex;
}

void OpenLoopBuilder::sort_rows() {
  std::uint64_t disordered = 0;
  TimeStamp latest = times_.front();
  for (const TimeStamp& time : times_) {
    if (time < latest) ++disordered;
    latest = std::max(latest, time);
  }
  trace_.out_of_order_rows = disordered;
  if (disordered == 0) return;
  std::vector<std::uint32_t> order(times_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [this](std::uint32_t a, std::uint32_t b) { return times_[a] < times_[b]; });
  std::vector<TimeStamp> sorted;
  sorted.reserve(order.size());
  for (const std::uint32_t row : order) sorted.push_back(times_[row]);
  times_ = std::move(sorted);
  trace_ = select_open_rows(trace_, order);
}

void OpenLoopBuilder::keep_window(const std::string& path, const ReadOptions& options,
                                  TimeStamp& origin) {
  if (!options.windowed()) return;
  if (trace_.timeless)
    throw UserError("'" + path + "' cannot be read by a window", "it records no times",
                    "leave window_s out");
  TimeStamp begin = origin, end = origin;
  begin.add_seconds(options.begin_s.value_or(0));
  end.add_seconds(options.end_s.value_or(static_cast<double>(2 * kMaxStampSeconds)));
  const auto first = std::lower_bound(times_.begin(), times_.end(), begin);
  const auto last = std::lower_bound(first, times_.end(), end);
  if (first == last)
    throw UserError("the window of '" + path + "' is empty",
                    "no request arrives in it, counted in seconds from the first request",
                    "choose another window_s");
  std::vector<std::uint8_t> keep(times_.size(), 0);
  std::fill(keep.begin() + (first - times_.begin()), keep.begin() + (last - times_.begin()),
            std::uint8_t{1});
  keep_rows(trace_, keep);
  times_ = std::vector<TimeStamp>(first, last);
  origin = begin;
}

Trace OpenLoopBuilder::finish(const std::string& path, const ReadOptions& options) {
  if (times_.empty()) {
    const bool skipped = trace_.skipped_rows > 0;
    throw UserError("'" + path + "' has no usable row",
                    skipped ? "all of its rows are broken" : "it has no rows at all",
                    "check the file and the format");
  }
  if (times_.size() >= kNoIndex)
    throw UserError("'" + path + "' has too many rows", "row numbers are 32 bits wide",
                    "split the file");
  trace_.distinct_blocks = chain_.distinct();
  trace_.chain_conflicts = chain_.conflicts();
  if (trace_.block_tokens == 0) trace_.block_begin.clear();
  sort_rows();
  TimeStamp origin = times_.front();
  keep_window(path, options, origin);
  if (calendar_) trace_.calendar_start = origin;
  reserve_huge(trace_.arrival, times_.size());
  for (const TimeStamp& time : times_) {
    SimTime arrival;
    if (!stamp_difference(time, origin, arrival))
      throw UserError("'" + path + "' spans more than 53 days",
                      "simulated time is a 64-bit count of picoseconds",
                      "read part of it with window_s, or check the time unit");
    trace_.arrival.push_back(arrival);
  }
  return std::move(trace_);
}

Trace select_open_rows(const Trace& trace, const std::vector<std::uint32_t>& rows) {
  Trace out = trace;
  for_each_row_column(out, [&rows](auto& column) {
    if (column.empty()) return;
    const auto before = column;
    column.clear();
    for (const std::uint32_t row : rows) column.push_back(before[row]);
  });
  out.previous_turn.clear();
  out.block_ids.clear();
  if (trace.block_tokens != 0) {
    out.block_begin.assign(1, 0);
    for (const std::uint32_t row : rows) {
      const auto ids = trace.blocks(row);
      out.block_ids.insert(out.block_ids.end(), ids.begin(), ids.end());
      out.block_begin.push_back(out.block_ids.size());
    }
  }
  if (trace.previous_turn.empty()) return out;
  std::vector<std::uint32_t> new_row(trace.rows(), kNoIndex);
  for (std::uint32_t to = 0; to < rows.size(); ++to) new_row[rows[to]] = to;
  for (const std::uint32_t row : rows) {
    const std::uint32_t previous = trace.previous_turn[row];
    out.previous_turn.push_back(previous == kNoIndex ? kNoIndex : new_row[previous]);
  }
  return out;
}

}  // namespace pigou
