// Numbers written out and read, whatever the locale.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>

namespace pigou {

/// Whether `text`, all of it, is one number of that type; `value` then holds it. Spaces, a leading
/// plus and an empty text are none.
template <class Number>
bool parse_number(std::string_view text, Number& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  return code == std::errc{} && stop == end;
}

/// The shortest text that parse_number() reads as `value` again; whole numbers below 1e15 without
/// an exponent.
inline std::string shortest_text(double value) {
  char text[32];
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  const auto [end, code] = whole ? std::to_chars(text, text + sizeof text, std::llround(value))
                                 : std::to_chars(text, text + sizeof text, value);
  return code == std::errc{} ? std::string(text, end) : std::string();
}

}  // namespace pigou
