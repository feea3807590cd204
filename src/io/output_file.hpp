// Files that appear whole or not at all.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace pigou {

/// Writes beside the target and renames on `commit`; without it the target stays as it was and the
/// temporary file is removed. Compresses with gzip, without a time stamp, when the name ends in
/// .gz. Throws UserError when the disk refuses.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  struct State;
  [[noreturn]] void fail(const char* action) const;
  void write_raw(const void* bytes, std::size_t size);
  void compress(std::string_view bytes, int flush);

  std::string path_;
  std::string temporary_;
  std::unique_ptr<State> state_;
};

/// Writes `bytes` to `path` in one go, whole or not at all; never compresses.
void write_file(const std::string& path, std::string_view bytes);

/// The name an atomic writer should use before renaming to `path`: in the same folder, unique to
/// this process. For libraries that write by themselves, such as HDF5.
std::string temporary_name(const std::string& path);
/// Renames `temporary` to `path`, replacing it. On failure removes it and throws UserError.
void publish_file(const std::string& temporary, const std::string& path);

}  // namespace pigou
