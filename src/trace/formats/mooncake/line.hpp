// The fast way through a Mooncake line of the usual shape.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pigou {

/// One line's values; the buffer is kept from line to line.
struct MooncakeLine {
  std::uint64_t timestamp_ms = 0;
  std::uint64_t input_length = 0;
  std::uint64_t output_length = 0;
  std::vector<std::uint64_t> buffer;
  std::size_t count = 0;

  std::span<const std::uint64_t> hash_ids() const { return {buffer.data(), count}; }
};

/// Reads a line with the four keys in their usual order, each once, whole numbers of up to 19
/// digits, and at most one blank behind a colon or comma: what the published files and ours look
/// like. False for anything else, which is for the checked parser to read or to refuse; whatever is
/// taken here it reads to the same values. `line` must have kTextPadding readable bytes behind it.
bool scan_mooncake_line(std::string_view line, MooncakeLine& row);

}  // namespace pigou
