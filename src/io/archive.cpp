#include "io/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "io/text_file.hpp"

namespace pigou {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;
constexpr std::size_t kMostOfOne = std::size_t{1} << 30;
constexpr std::size_t kMostOfAll = std::size_t{8} << 30;

struct CloseArchive {
  void operator()(archive* open) const { archive_read_free(open); }
};
using Archive = std::unique_ptr<archive, CloseArchive>;

[[noreturn]] void broken_archive(const std::string& path, archive* open) {
  const char* const words = archive_error_string(open);
  throw UserError("cannot unpack '" + path + "'", words ? words : "the archive is broken",
                  "copy the file again and check it with tar -tf");
}

[[noreturn]] void too_large(const std::string& path, const std::string& what) {
  throw UserError("cannot unpack '" + path + "'", what + " is larger than a trace can be",
                  "check that it is the archive you mean");
}

/// Reads the data of the current entry into `buffer`, leaving room for padding.
std::size_t read_entry(const std::string& path, archive* open, const std::string& name,
                       std::vector<char>& buffer) {
  std::size_t size = 0;
  while (true) {
    stop_if_asked();
    if (buffer.size() < size + kChunk + kTextPadding) buffer.resize(2 * (size + kChunk));
    const la_ssize_t got = archive_read_data(open, buffer.data() + size, kChunk);
    if (got < 0) broken_archive(path, open);
    if (got == 0) return size;
    size += static_cast<std::size_t>(got);
    if (size > kMostOfOne) too_large(path, name);
  }
}

}  // namespace

bool is_tar(std::string_view head) {
  constexpr std::size_t kMagicAt = 257;
  return head.size() > kMagicAt + 5 && head.substr(kMagicAt, 5) == "ustar";
}

void for_each_packed_file(const std::string& path,
                          const std::function<bool(std::string_view name)>& wanted,
                          const std::function<void(std::string_view, std::string_view)>& visit) {
  const Archive open(archive_read_new());
  if (!open) throw InternalError("libarchive did not start");
  // Named one by one: asking for all would let an archive start programs that unpack.
  archive_read_support_filter_gzip(open.get());
  archive_read_support_filter_bzip2(open.get());
  archive_read_support_filter_xz(open.get());
  archive_read_support_filter_zstd(open.get());
  archive_read_support_format_tar(open.get());
  archive_read_support_format_zip(open.get());
  if (archive_read_open_filename(open.get(), path.c_str(), kChunk) != ARCHIVE_OK)
    broken_archive(path, open.get());
  std::vector<char> buffer(2 * kChunk);
  std::size_t total = 0;
  while (true) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(open.get(), &entry);
    if (code == ARCHIVE_EOF) return;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) broken_archive(path, open.get());
    const char* const packed_name = archive_entry_pathname(entry);
    const std::string name = packed_name ? packed_name : "";
    if (archive_entry_filetype(entry) != AE_IFREG || !wanted(name)) continue;
    const std::size_t size = read_entry(path, open.get(), name, buffer);
    total += size;
    if (total > kMostOfAll) too_large(path, "it");
    visit(name, {buffer.data(), size});
  }
}

}  // namespace pigou
