// Numbers as people read them: thousands separated, a fixed number of digits, aligned.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pigou {

std::string grouped(std::uint64_t value);  ///< 12,031
std::string significant(double value,
                        int digits);  ///< "12.3", "0.00412", "-" for NaN; grouped above 1,000
std::string fixed(double value, int decimals);  ///< "-" for NaN
std::string percent(double fraction);           ///< "37.4 %"
/// Characters a terminal shows: bytes that do not continue a UTF-8 sequence.
std::size_t display_width(std::string_view text);
/// Padded with blanks to `width` display columns.
std::string right(std::string_view text, std::size_t width);
std::string left(std::string_view text, std::size_t width);

/// `label` padded to `indent`, then the words of `text` in lines of at most 100 columns, aligned
/// behind the label. Ends in a newline.
std::string paragraph(std::string_view label, std::string_view text, std::size_t indent = 12);

}  // namespace pigou
