// What a trace file is like as a file: size, line ends.
#pragma once

#include <cstdint>
#include <string>

namespace pigou {

struct FileFacts {
  std::uint64_t files = 1;  ///< of a folder: those directly inside it; the rest is their sum
  std::uint64_t bytes_on_disk = 0;
  std::uint64_t bytes = 0;  ///< of one file: decompressed
  bool compressed = false;
  bool text = false;  ///< one file, no zero byte in it; the figures below are for such files
  std::uint64_t lines = 0;
  std::uint64_t crlf_lines = 0;  ///< of them, that end in CR LF
  bool last_line_ends = true;    ///< false: no line end after the last line
  bool byte_order_mark = false;
};

/// Reads the file once. Throws UserError when it cannot be read.
FileFacts examine_file(const std::string& path);

/// In words: "719,188 bytes; 19,367 lines, CRLF, no line end after the last".
std::string describe_file(const FileFacts& facts);

}  // namespace pigou
