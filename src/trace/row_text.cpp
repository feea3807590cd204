#include "trace/row_text.hpp"

#include <charconv>
#include <cstdio>

#include "core/error.hpp"

namespace pigou {

void append_number(std::string& line, std::uint64_t value) {
  char digits[24];
  line.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_seconds(std::string& line, SimTime time, int least_decimals) {
  append_number(line, static_cast<std::uint64_t>(time.ps / kPsPerSecond));
  std::int64_t rest = time.ps % kPsPerSecond;
  int decimals = 12;
  while (decimals > least_decimals && rest % 10 == 0) {
    rest /= 10;
    --decimals;
  }
  if (decimals == 0) return;
  char digits[16];
  const int size =
      std::snprintf(digits, sizeof digits, ".%0*lld", decimals, static_cast<long long>(rest));
  line.append(digits, static_cast<std::size_t>(size));
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
