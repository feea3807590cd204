// Pieces of text rows that writers share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

void append_number(std::string& line, std::uint64_t value);

/// How many decimals of a second to write: as few as say it exactly, between these; more are cut.
struct Decimals {
  int least = 0;
  int most = 12;
};

/// A time of 0 or more in seconds.
void append_seconds(std::string& line, SimTime time, Decimals decimals = {});

/// True if calendar_text() of it can be read back.
bool has_four_digit_year(const TimeStamp& stamp);
TimeStamp stamp_at(const TimeStamp& start, SimTime after);

/// "none" or "ids of 16", for messages.
std::string block_words(std::uint32_t block_tokens);

/// The word as a JSON string.
void append_json_text(std::string& line, std::string_view word);

/// The word as a CSV field, quoted where it must be. Throws UserError for one with a line break,
/// which no reader here takes.
void append_csv_text(std::string& line, std::string_view word);

/// Names block ids by first sight, as readers do, so that equal traces give equal files.
class IdNames {
 public:
  explicit IdNames(const Trace& trace) : trace_(trace), name_(trace.distinct_blocks, kNoIndex) {}
  /// The ids of `row`, which come row by row.
  void append(std::string& line, std::size_t row, std::string_view between);

 private:
  const Trace& trace_;
  std::vector<std::uint32_t> name_;
  std::uint32_t next_ = 0;
};

}  // namespace pigou
