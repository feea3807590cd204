#include "trace/parse/row_text.hpp"

#include <charconv>
#include <cstdio>

#include "core/error.hpp"

namespace pigou {

void append_number(std::string& line, std::uint64_t value) {
  char digits[24];
  line.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

namespace {

void append_fraction(std::string& line, std::int64_t ps, Decimals decimals) {
  int count = 12;
  for (; count > decimals.most || (count > decimals.least && ps % 10 == 0); --count) ps /= 10;
  if (count == 0) return;
  char digits[16];
  const int size =
      std::snprintf(digits, sizeof digits, ".%0*lld", count, static_cast<long long>(ps));
  line.append(digits, static_cast<std::size_t>(size));
}

}  // namespace

void append_seconds(std::string& line, SimTime time, Decimals decimals) {
  append_number(line, static_cast<std::uint64_t>(time.ps / kPsPerSecond));
  append_fraction(line, time.ps % kPsPerSecond, decimals);
}

bool has_four_digit_year(const TimeStamp& stamp) {
  return stamp.seconds >= -62'167'219'200 && stamp.seconds < 253'402'300'800;
}

TimeStamp stamp_at(const TimeStamp& start, SimTime after) {
  TimeStamp stamp = start;
  stamp.seconds += after.ps / kPsPerSecond;
  stamp.ps += after.ps % kPsPerSecond;
  if (stamp.ps < kPsPerSecond) return stamp;
  stamp.ps -= kPsPerSecond;
  ++stamp.seconds;
  return stamp;
}

std::string block_words(std::uint32_t block_tokens) {
  return block_tokens == 0 ? "none" : "ids of " + std::to_string(block_tokens);
}

void append_json_text(std::string& line, std::string_view word) {
  line += '"';
  for (const char c : word) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      line += escape;
    } else {
      line += c;
    }
  }
  line += '"';
}

void append_csv_text(std::string& line, std::string_view word) {
  if (word.find_first_of("\r\n") != std::string_view::npos)
    throw UserError("the trace cannot be written as CSV", "a word in it holds a line break",
                    "write .jsonl or .h5");
  if (word.find_first_of(",\"") == std::string_view::npos) {
    line += word;
    return;
  }
  line += '"';
  for (const char c : word) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

void IdNames::append(std::string& line, std::size_t row, std::string_view between) {
  bool first = true;
  for (const std::uint32_t id : trace_.blocks(row)) {
    if (!first) line += between;
    first = false;
    if (name_[id] == kNoIndex) name_[id] = next_++;
    append_number(line, name_[id]);
  }
}

}  // namespace pigou
