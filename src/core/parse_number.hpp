// Numbers written out, whatever the locale.
#pragma once

#include <charconv>
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

}  // namespace pigou
