#include "trace/formats/mooncake/line.hpp"

#include <bit>
#include <cstring>

namespace pigou {
namespace {

constexpr std::uint64_t kZeros = 0x3030303030303030;  ///< '0' eight times
constexpr std::uint64_t kHighBits = 0x8080808080808080;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The value of eight digits, first one in the lowest byte: pairs, then fours, then all.
std::uint64_t eight_digits(std::uint64_t digits) {
  digits = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
  digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffff;
  return (digits * 10'000 + (digits >> 32)) & 0xffffffff;
}

/// The rest of a number whose first eight digits make `value`; false beyond 19 digits, which may
/// not fit 64 bits.
bool scan_long_number(const char*& at, std::uint64_t& value) {
  for (int digits = 8; is_digit(*at); ++at) {
    if (++digits > 19) return false;
    value = value * 10 + static_cast<std::uint64_t>(*at - '0');
  }
  return true;
}

/// A whole number as JSON writes it: no sign, no leading zero, nothing after the digits that would
/// make it another number; the caller looks at what follows.
bool scan_number(const char*& at, std::uint64_t& value) {
  if constexpr (std::endian::native != std::endian::little) {
    const char* const begin = at;
    for (value = 0; is_digit(*at); ++at) {
      if (at - begin == 19) return false;
      value = value * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    return at != begin && (*begin != '0' || at == begin + 1);
  }
  std::uint64_t text = 0;
  std::memcpy(&text, at, sizeof text);
  const std::uint64_t digits = text ^ kZeros;
  // The high bit of each byte that is no digit; a carry can only spoil bytes behind the first one.
  const std::uint64_t others = ((digits + 0x7676767676767676) | digits) & kHighBits;
  if (others == 0) [[unlikely]] {
    value = eight_digits(digits);
    const bool leading_zero = *at == '0';
    at += 8;
    return !leading_zero && scan_long_number(at, value);
  }
  const int count = std::countr_zero(others) / 8;
  if (count == 0 || (count > 1 && *at == '0')) return false;
  value = eight_digits(digits << (64 - 8 * count));  // zeros come in front of the digits
  at += count;
  return true;
}

/// The key with its quotes and colon, then a number. Reads at most a key and 27 digits past `end`.
bool scan_field(const char*& at, const char* end, std::string_view key, std::uint64_t& value) {
  if (at >= end || std::memcmp(at, key.data(), key.size()) != 0) return false;
  at += key.size();
  at += *at == ' ';
  return scan_number(at, value);
}

bool scan_comma(const char*& at) {
  if (*at != ',') return false;
  at += at[1] == ' ' ? 2 : 1;
  return true;
}

/// The list behind its opening bracket, up to and with the closing one.
bool scan_ids(const char*& at, const char* end, MooncakeLine& row) {
  std::uint64_t* const ids = row.buffer.data();
  std::size_t count = 0;
  for (bool more = *at != ']'; more; ++count) {
    // What lies behind the last line of a file may look like ids, too.
    if (at >= end || !scan_number(at, ids[count])) return false;
    more = *at != ']';
    if (more && !scan_comma(at)) return false;
  }
  ++at;
  row.count = count;
  return true;
}

}  // namespace

bool scan_mooncake_line(std::string_view line, MooncakeLine& row) {
  // An id and its comma take two bytes, so these are enough.
  if (row.buffer.size() < line.size() / 2 + 1) row.buffer.resize(line.size() + 1);
  constexpr std::string_view kIds = "\"hash_ids\":";
  const char* at = line.data();
  const char* const end = at + line.size();
  if (*at++ != '{' || !scan_field(at, end, "\"timestamp\":", row.timestamp_ms) || !scan_comma(at) ||
      !scan_field(at, end, "\"input_length\":", row.input_length) || !scan_comma(at) ||
      !scan_field(at, end, "\"output_length\":", row.output_length) || !scan_comma(at) ||
      at >= end || std::memcmp(at, kIds.data(), kIds.size()) != 0)
    return false;
  at += kIds.size();
  at += *at == ' ';
  return *at++ == '[' && scan_ids(at, end, row) && *at == '}' && at + 1 == end;
}

}  // namespace pigou
