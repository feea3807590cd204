// A small trace with something in every column.
#pragma once

#include <array>

#include "trace/trace.hpp"

namespace pigou::testing {

inline std::vector<std::array<std::uint32_t, 4>> lane_numbers(const Trace& trace) {
  std::vector<std::array<std::uint32_t, 4>> numbers;
  for (const Trace::Lane& lane : trace.lanes)
    numbers.push_back({lane.first_row, lane.end_row, lane.session, lane.trigger});
  return numbers;
}

/// 40 requests: ten conversations of three growing turns and a side call each, 512-token blocks.
inline Trace every_column(bool closed_loop) {
  Trace trace;
  trace.format = "by hand";
  trace.block_tokens = 512;
  trace.block_begin = {0};
  LabelColumn instance{.name = "instance", .values = {"gpu-0", "gpu, \"one\""}, .code = {}};
  LabelColumn tenant{.name = "tenant", .values = {"\xc3\xa4rger"}, .code = {}};
  std::uint32_t next = 2;  // blocks 0 and 1 open every prompt
  for (std::uint32_t talk = 0; talk < 10; ++talk) {
    std::vector<std::uint32_t> ids = {0, 1};
    const std::int64_t start = closed_loop ? 0 : talk * 4'000'000'000'000;
    for (std::uint32_t turn = 0; turn < 4; ++turn) {
      const auto row = static_cast<std::uint32_t>(trace.rows());
      const bool side = turn == 3;  // its prompt is the first turn's again
      if (side) ids.resize(3);
      if (!side) ids.push_back(next++);
      trace.arrival.push_back({start + turn * 900'000'000'001 + talk});
      trace.input_tokens.push_back(static_cast<std::uint32_t>(ids.size()) * 512);
      trace.output_tokens.push_back(100 + talk + turn);
      trace.block_ids.insert(trace.block_ids.end(), ids.begin(), ids.end());
      trace.block_begin.push_back(trace.block_ids.size());
      trace.previous_turn.push_back(turn == 0 || side ? kNoIndex : row - 1);
      trace.recorded_service.push_back({turn == 1 ? -1 : 500'000'000'000 + row});
      trace.recorded_ttft.push_back({turn == 2 ? -1 : 90'000'000'000 + row});
      trace.recorded_cached_tokens.push_back(turn == 0 ? -1 : 512);
      instance.code.push_back(row % 3 == 2 ? kNoIndex : row % 3);
      tenant.code.push_back(row % 2 == 0 ? 0 : kNoIndex);
      if (!closed_loop) continue;
      trace.think.push_back({turn * 1'234'567'890'123 + talk});
      if (turn == 0) trace.lanes.push_back({row, row + 3, talk, kNoIndex});
      if (side) trace.lanes.push_back({row, row + 1, talk, row - 2});
    }
    if (closed_loop) trace.session_arrival.push_back({talk * 2'000'000'000'777});
  }
  trace.distinct_blocks = next;
  trace.sessions = closed_loop ? 10 : 0;
  trace.labels = {instance, tenant};
  trace.calendar_start = TimeStamp{1'700'000'000, 123'400'000'000};
  trace.passed_over = {{"tool_end events", 7}};
  trace.skipped_rows = 3;
  trace.out_of_order_rows = 2;
  trace.chain_conflicts = 1;
  return trace;
}

}  // namespace pigou::testing
