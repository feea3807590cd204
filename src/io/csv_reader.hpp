// Splitting lines of comma-separated values and reading their numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pigou {

/// Splits a line without quotes at its commas into `fields` as far as they go; returns the number
/// of fields on the line, which may be more.
std::size_t split_csv_plain(std::string_view line, std::span<std::string_view> fields);

/// Splits a line by the usual rules: "..." may hold commas, "" inside is one quote. `fields` is
/// reused. False when a quote is left open or text follows a closing quote.
bool split_csv(std::string_view line, std::vector<std::string>& fields);

/// The text as a whole number, digits only; false for anything else or above 2^64 - 1.
bool parse_whole(std::string_view text, std::uint64_t& value);

/// 'text' in quotes for a message, shortened, unprintable bytes as '?'.
std::string quote_field(std::string_view text);

}  // namespace pigou
