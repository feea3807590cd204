#include "output/text/numbers.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace pigou {

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  return fmt::format("{:.{}f}", value, decimals);
}

std::string significant(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  if (std::abs(value) >= 1000 && std::abs(value) < 1e15) {
    const std::string text = grouped(static_cast<std::uint64_t>(std::llround(std::abs(value))));
    return value < 0 ? "-" + text : text;
  }
  const int magnitude = value == 0 ? 0 : static_cast<int>(std::floor(std::log10(std::abs(value))));
  return fixed(value, std::clamp(digits - 1 - magnitude, 0, 9));
}

std::string percent(double fraction) {
  return std::isfinite(fraction) ? fixed(fraction * 100, 1) + " %" : "-";
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t shown = display_width(text);
  return std::string(width > shown ? width - shown : 0, ' ') + std::string(text);
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t shown = display_width(text);
  return std::string(text) + std::string(width > shown ? width - shown : 0, ' ');
}

std::string paragraph(std::string_view label, std::string_view text, std::size_t indent) {
  constexpr std::size_t kPage = 100;
  std::string lines, line = left(label, indent);
  bool empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!empty && display_width(line) + 1 + display_width(word) > kPage) {
      lines += line + "\n";
      line = std::string(indent, ' ');
      empty = true;
    }
    line.append(empty ? "" : " ").append(word);
    empty = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines + line + "\n";
}

}  // namespace pigou
