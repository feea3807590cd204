// Files that appear whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pigou {

/// Throws UserError unless a file can be put at `target`: called before a simulation starts, so
/// that no hour of work ends at a misspelt folder. Devices and pipes are refused: the file is
/// renamed into place and would replace them.
void check_target(const std::filesystem::path& target);

/// Throws UserError if `target` is one of `inputs` or, where one is a folder, a file anywhere in
/// it: by name, by a link, or because both names lead to the same bytes.
void refuse_inputs(const std::filesystem::path& target,
                   std::span<const std::filesystem::path> inputs);

/// Bytes that have no name yet: whatever ends the process, nothing is left of them. `publish` puts
/// them at the path, a link followed to where it leads. Where the file system has no files without
/// a name, it is a name ending in .tmp-PROCESS-NUMBER that is removed with the object.
class UnnamedFile {
 public:
  explicit UnnamedFile(const std::string& path);
  UnnamedFile(UnnamedFile&& other) noexcept;
  UnnamedFile& operator=(UnnamedFile&&) = delete;
  ~UnnamedFile();

  int descriptor() const { return descriptor_; }
  /// Adds `bytes`. Throws UserError when the disk refuses.
  void write(std::string_view bytes) const;
  const std::string& path() const { return path_; }  ///< as it was asked for

  void publish();
  /// Takes the name away again.
  void withdraw() noexcept;

 private:
  std::string path_;
  std::string place_;      ///< where links lead
  std::string temporary_;  ///< empty: it has no name
  int descriptor_ = -1;
};

/// Files that appear together, once everything else has gone well, or not at all.
class Publication {
 public:
  void add(UnnamedFile file) { files_.push_back(std::move(file)); }
  /// Called when all are there.
  void afterwards(std::function<void()> work) { work_.push_back(std::move(work)); }
  /// The last added first, so that a result is there only when its manifest is. Throws UserError,
  /// and then none is there.
  void publish();

 private:
  std::vector<UnnamedFile> files_;
  std::vector<std::function<void()>> work_;
};

/// Where a file is to appear: as soon as it is written, or with the others of a publication.
struct OutputTarget {
  OutputTarget(std::string at, Publication* with = nullptr) : path(std::move(at)), together(with) {}
  OutputTarget(const char* at) : path(at) {}
  OutputTarget(const std::filesystem::path& at, Publication* with = nullptr)
      : path(at.string()), together(with) {}

  /// What a writer calls when all is written.
  void hand_over(UnnamedFile file) const;

  std::string path;
  Publication* together = nullptr;
};

/// Writes to an UnnamedFile and hands it over on `commit`; without it the target stays as it was.
/// Compresses with gzip, without a time stamp, when the name ends in .gz. Throws UserError when the
/// disk refuses, and Interrupted when somebody asked to stop.
class OutputFile {
 public:
  explicit OutputFile(OutputTarget target);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);
  void commit();

 private:
  struct State;
  [[noreturn]] void fail() const;
  void write_raw(const void* bytes, std::size_t size);
  void compress(std::string_view bytes, int flush);

  OutputTarget target_;
  std::unique_ptr<State> state_;
};

/// Writes `bytes` in one go; never compresses.
void write_file(const OutputTarget& target, std::string_view bytes);

}  // namespace pigou
