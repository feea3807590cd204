// Broken bytes for readers: a mutator, and what every reader promises about them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "core/error.hpp"
#include "depth.hpp"
#include "trace/reader.hpp"
#include "trace/statistics/overview.hpp"
#include "trace/trace_testing.hpp"
#include "workload/workload.hpp"

namespace pigou::testing {

/// Mutations per format.
inline int mutations() { return static_cast<int>(at_depth(2'000)); }

/// The same where they are made, or another `count` of them.
inline int mutants(std::uint32_t count = 2'000) {
  return static_cast<int>(draws(count, "mutants"));
}

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::uint32_t round = 0; round <= below(3); ++round) mutate_once(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  void mutate_once(std::string& text) {
    static const char* const numbers[] = {
        "-1",  "1e308", "18446744073709551616", "99999999999", "0.5", "null", "\"\"", "[]", "{}",
        "NaN", ""};
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(text.size() - at, 1 + below(40));
    switch (below(8)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(random_());
        break;
      case 1:
        if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), length));
        break;
      case 5:
        duplicate_line(text, at);
        break;
      case 6:
        swap_fields(text, at);
        break;
      default:
        replace_number(text, at, numbers[below(std::size(numbers))]);
        break;
    }
  }

  static void duplicate_line(std::string& text, std::size_t at) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) return;
    const std::size_t begin = text.rfind('\n', at) + 1;
    if (begin <= end) text.insert(begin, text.substr(begin, end + 1 - begin));
  }

  static void swap_fields(std::string& text, std::size_t at) {
    const std::size_t first = text.find(',', at);
    const std::size_t second = first == std::string::npos ? first : text.find(',', first + 1);
    const std::size_t third = second == std::string::npos ? second : text.find(',', second + 1);
    if (third == std::string::npos) return;
    const std::string left = text.substr(first + 1, second - first - 1);
    const std::string right = text.substr(second + 1, third - second - 1);
    text.replace(first + 1, third - first - 1, right + "," + left);
  }

  static void replace_number(std::string& text, std::size_t at, const char* number) {
    const std::size_t begin = text.find_first_of("0123456789", at);
    if (begin == std::string::npos) return;
    const std::size_t end = text.find_first_not_of("0123456789.", begin);
    text.replace(begin, end == std::string::npos ? end : end - begin, number);
  }

  std::mt19937 random_;
};

/// Columns beside lengths, arrivals and blocks: one entry per row or none, and no row numbers or
/// codes that lead nowhere.
inline void expect_sound_columns(const Trace& trace) {
  const std::size_t rows = trace.rows();
  for_each_row_column(
      trace, [rows](const auto& column) { ASSERT_TRUE(column.empty() || column.size() == rows); });
  ASSERT_TRUE(trace.previous_turn.empty() || trace.previous_turn.size() == rows);
  for (std::size_t row = 0; row < trace.previous_turn.size(); ++row) {
    const std::uint32_t previous = trace.previous_turn[row];
    ASSERT_TRUE(previous == kNoIndex || previous < row);
  }
  for (const LabelColumn& label : trace.labels)
    for (const std::uint32_t code : label.code)
      ASSERT_TRUE(code == kNoIndex || code < label.values.size());
  std::uint32_t next = 0;
  for (const Trace::Lane& lane : trace.lanes) {
    ASSERT_EQ(lane.first_row, next);
    ASSERT_LT(lane.first_row, lane.end_row);
    ASSERT_LT(lane.session, trace.sessions);
    ASSERT_TRUE(lane.trigger == kNoIndex || lane.trigger < lane.first_row);
    next = lane.end_row;
  }
  ASSERT_TRUE(trace.lanes.empty() || (next == rows && trace.think.size() == rows));
}

/// What every reader promises; a broken promise downstream would crash or throw something else.
inline void expect_sound(const Trace& trace) {
  const std::size_t rows = trace.rows();
  ASSERT_GT(rows, 0U);
  ASSERT_EQ(trace.arrival.size(), rows);
  ASSERT_EQ(trace.output_tokens.size(), rows);
  expect_sound_columns(trace);
  for (const std::uint32_t id : trace.block_ids) ASSERT_LT(id, trace.distinct_blocks);
  std::vector<std::uint32_t> before(trace.distinct_blocks, kNoIndex - 1);
  for (std::size_t row = 0; row < rows; ++row) {
    std::uint32_t previous = kNoIndex;
    for (const std::uint32_t id : trace.blocks(row)) {
      ASSERT_TRUE(before[id] == kNoIndex - 1 || before[id] == previous);
      before[id] = previous;
      previous = id;
    }
    if (row == 0 || trace.closed_loop()) continue;
    ASSERT_LE(trace.arrival[row - 1], trace.arrival[row]);
  }
}

/// Puts a mutated text where a reader finds it and returns the path to read.
using PlaceText = std::function<std::string(const ScratchFolder&, const std::string& text)>;

/// Mutates `seed_text` mutants() times: each mutant is read, measured and made a workload, or is
/// refused with a UserError.
inline void try_mutations(const std::string& seed_text, const PlaceText& place,
                          ReadOptions options) {
  const ScratchFolder folder;
  Mutator mutator(7);
  int good = 0;
  for (int count = 0, end = mutants(); count < end; ++count) {
    const std::string path = place(folder, mutator.mutate(seed_text));
    options.lenient = count % 3 == 0;
    try {
      Trace trace = read_trace(path, options);
      expect_sound(trace);
      describe_statistics(compute_statistics(trace));
      WorkloadOptions workload;
      workload.infer_turns = !trace.closed_loop();
      workload.truncate_input_tokens = count % 2 == 0 ? 0 : 1000;
      if (trace.timeless) workload.arrivals = ArrivalModel{};
      build_workload(std::move(trace), workload, 16, 1);
      ++good;
    } catch (const UserError& error) {
      ASSERT_NE(std::string(error.what()).find("("), std::string::npos) << error.what();
    }
  }
  EXPECT_GE(good, mutations() / 50);  // some survive, or the test tests one error only
}

inline void try_mutations(const std::string& seed_text, const std::string& name,
                          const ReadOptions& options) {
  try_mutations(
      seed_text,
      [&name](const ScratchFolder& folder, const std::string& text) {
        return folder.write(name, text);
      },
      options);
}

}  // namespace pigou::testing
