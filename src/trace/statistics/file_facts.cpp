#include "trace/statistics/file_facts.hpp"

#include <cstring>
#include <vector>

#include "io/text_file.hpp"
#include "trace/statistics/words.hpp"

namespace pigou {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;

/// Counts lines; `last` is the byte before `chunk`.
void count_lines(const char* chunk, std::size_t size, char last, FileFacts& facts) {
  const char* at = chunk;
  const char* const end = chunk + size;
  while (const void* const found =
             at < end ? std::memchr(at, '\n', static_cast<std::size_t>(end - at)) : nullptr) {
    const char* const line_end = static_cast<const char*>(found);
    ++facts.lines;
    facts.crlf_lines += (line_end == chunk ? last : line_end[-1]) == '\r';
    at = line_end + 1;
  }
}

FileFacts examine_folder(const std::string& path) {
  FileFacts facts{.files = 0};
  for (const std::string& name : list_files(path, "")) {
    ++facts.files;
    facts.bytes_on_disk += file_size(std::string(path).append("/").append(name));
  }
  facts.bytes = facts.bytes_on_disk;
  return facts;
}

std::string count_of(std::uint64_t value) { return grouped_number(static_cast<double>(value), 0); }

}  // namespace

FileFacts examine_file(const std::string& path) {
  if (is_folder(path)) return examine_folder(path);
  FileFacts facts;
  TextFile file(path);
  facts.bytes_on_disk = file_size(path);
  facts.compressed = file.compressed();
  facts.text = true;
  std::vector<char> buffer(kChunk);
  char last = '\n';
  while (const std::size_t size = file.read(buffer.data(), buffer.size())) {
    if (facts.bytes == 0)
      facts.byte_order_mark = size >= 3 && std::memcmp(buffer.data(), "\xef\xbb\xbf", 3) == 0;
    facts.bytes += size;
    if (facts.text && std::memchr(buffer.data(), 0, size) != nullptr) facts.text = false;
    if (facts.text) count_lines(buffer.data(), size, last, facts);
    last = buffer[size - 1];
  }
  facts.last_line_ends = last == '\n';
  if (!facts.last_line_ends) ++facts.lines;
  return facts;
}

std::string describe_file(const FileFacts& facts) {
  if (facts.files != 1)
    return count_of(facts.files) + " files, " + count_of(facts.bytes_on_disk) + " bytes";
  std::string words = count_of(facts.bytes_on_disk) + " bytes";
  if (facts.compressed) words += ", " + count_of(facts.bytes) + " decompressed";
  if (!facts.text) return words;
  const std::uint64_t ended = facts.lines - (facts.last_line_ends ? 0 : 1);
  words += "; " + count_of(facts.lines) + " lines, ";
  if (facts.crlf_lines == 0)
    words += "LF";
  else
    words += facts.crlf_lines == ended ? "CRLF" : "LF and CRLF mixed";
  if (!facts.last_line_ends) words += ", no line end after the last";
  if (facts.byte_order_mark) words += ", byte order mark";
  return words;
}

}  // namespace pigou
