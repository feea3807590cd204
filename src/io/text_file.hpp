// Reading text files, plain or gzip, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pigou {

/// Bytes that may be read past the end of every buffer and line handed out here; SIMD parsers
/// need them.
inline constexpr std::size_t kTextPadding = 64;

/// The decompressed bytes of one file, opened by name. Gzip is recognised by its first two bytes,
/// whatever the name says. Throws UserError for a missing file, a folder, an empty file and for
/// broken or truncated gzip.
class TextFile {
 public:
  explicit TextFile(std::string path);
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  /// Fills up to `size` bytes; less only at the end of the file.
  std::size_t read(char* to, std::size_t size);
  const std::string& path() const { return path_; }
  bool compressed() const;
  /// A guess of the decompressed size, for reserving memory only.
  std::uint64_t size_hint() const;

 private:
  struct State;
  std::string path_;
  std::unique_ptr<State> state_;
};

/// Lines of a text file without their LF or CRLF, each followed by kTextPadding readable bytes. A
/// byte order mark before the first one is left out.
/// Memory is bounded by the longest line.
class LineReader {
 public:
  explicit LineReader(std::string path);

  /// The next line, valid until the next call; false at the end of the file.
  bool next(std::string_view& line);
  std::uint64_t line_number() const { return line_number_; }  ///< of the last line, from 1
  const std::string& path() const { return file_.path(); }
  const TextFile& file() const { return file_; }

 private:
  void refill();

  TextFile file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< first byte not handed out
  std::size_t end_ = 0;    ///< end of the bytes read
  std::uint64_t line_number_ = 0;
  bool finished_ = false;  ///< the file has no more bytes
};

/// A whole file with padding behind it; `buffer` is reused between calls to spare page faults.
std::string_view read_whole_file(const std::string& path, std::vector<char>& buffer);

/// Up to `size` first bytes of the decompressed file.
std::string read_file_head(const std::string& path, std::size_t size);

/// Bytes on disk; 0 when the file cannot be asked.
std::uint64_t file_size(const std::string& path);

/// True if `path` is a folder.
bool is_folder(const std::string& path);

/// Names (not paths) of the regular files in `folder` that start with `prefix`, sorted by name.
std::vector<std::string> list_files(const std::string& folder, std::string_view prefix);

}  // namespace pigou
