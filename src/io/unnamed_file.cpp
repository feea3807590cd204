// Files without a name until they are whole, and the checks before one is begun.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/error.hpp"
#include "io/output_file.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_naming(const std::string& path, int error) {
  throw UserError("cannot write '" + path + "'", std::strerror(error),
                  "choose a folder you may write to with enough room");
}

/// Where a chain of links leads; a file is put there, and the links stay.
fs::path end_of_links(fs::path place) {
  constexpr int kMostLinks = 40;  // as the kernel follows
  std::error_code code;
  for (int links = 0; links < kMostLinks && fs::is_symlink(place, code); ++links) {
    const fs::path next = fs::read_symlink(place, code);
    if (code) break;
    place = next.is_absolute() ? next : place.parent_path() / next;
  }
  return place;
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// In the same folder, unique to this process.
std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

std::string descriptor_path(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

/// -1 where the file system or a missing /proc does not allow it.
int open_nameless(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (descriptor < 0) return -1;
  if (access(descriptor_path(descriptor).c_str(), F_OK) == 0) return descriptor;
  close(descriptor);
  return -1;
}

}  // namespace

UnnamedFile::UnnamedFile(const std::string& path)
    : path_(path),
      place_(end_of_links(path).string()),
      descriptor_(open_nameless(folder_of(place_).string())) {
  if (descriptor_ >= 0) return;
  temporary_ = temporary_name(place_);
  descriptor_ = open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_naming(path_, errno);
}

UnnamedFile::UnnamedFile(UnnamedFile&& other) noexcept
    : path_(std::move(other.path_)),
      place_(std::move(other.place_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

UnnamedFile::~UnnamedFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void UnnamedFile::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) fail_naming(path_, errno);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void UnnamedFile::publish() {
  if (temporary_.empty()) {
    const std::string from = descriptor_path(descriptor_);
    const auto give_name = [&](const std::string& name) {
      return linkat(AT_FDCWD, from.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
    };
    if (give_name(place_)) return;
    if (errno != EEXIST) fail_naming(path_, errno);
    std::string beside = temporary_name(place_);  // a link does not replace a file, a rename does
    if (!give_name(beside)) fail_naming(path_, errno);
    temporary_ = std::move(beside);
  } else if (close(std::exchange(descriptor_, -1)) != 0) {
    fail_naming(path_, errno);
  }
  if (std::rename(temporary_.c_str(), place_.c_str()) != 0) fail_naming(path_, errno);
  temporary_.clear();
}

void UnnamedFile::withdraw() noexcept { std::remove(place_.c_str()); }

void Publication::publish() {
  for (std::size_t i = files_.size(); i-- > 0;) {
    try {
      files_[i].publish();
    } catch (...) {
      while (++i < files_.size()) files_[i].withdraw();
      files_.clear();
      throw;
    }
  }
  files_.clear();
  for (const auto& work : std::exchange(work_, {})) work();
}

void OutputTarget::hand_over(UnnamedFile file) const {
  if (together != nullptr)
    together->add(std::move(file));
  else
    file.publish();
}

void check_target(const fs::path& target) {
  if (target.empty())
    throw UserError("cannot write a file without a name", "-o is empty", "name the file after -o");
  std::error_code code;
  const fs::path place = end_of_links(target);
  const fs::path folder = folder_of(place);
  const std::string what = "cannot write " + target.string();
  if (fs::is_symlink(place, code))
    throw UserError(what, "it is a link that leads back to itself", "name another file");
  if (!fs::is_directory(folder, code))
    throw UserError(what, "there is no folder " + folder.string(), "make it first");
  if (fs::is_directory(place, code))
    throw UserError(what, "it is a folder", "name a file inside it");
  if (fs::exists(place, code) && !fs::is_regular_file(place, code))
    throw UserError(what, "it is a device or a pipe", "name a file of your own");
  if (access(folder.c_str(), W_OK) != 0)
    throw UserError(what, "the folder is not writable", "choose another place with -o");
}

void refuse_inputs(const fs::path& target, std::span<const fs::path> inputs) {
  std::error_code code;
  if (!fs::exists(target, code)) return;
  const auto refuse_if_same = [&](const fs::path& input) {
    std::error_code ignored;
    if (!fs::equivalent(target, input, ignored)) return;
    throw UserError("cannot write " + target.string(),
                    "it is read as an input, " + input.string() + ", and would be lost",
                    "name another file to write");
  };
  for (const fs::path& input : inputs) {
    if (!fs::is_directory(input, code)) {
      refuse_if_same(input);
      continue;
    }
    fs::recursive_directory_iterator inside(input, fs::directory_options::skip_permission_denied,
                                            code);
    for (; !code && inside != fs::recursive_directory_iterator(); inside.increment(code))
      refuse_if_same(inside->path());
  }
}

}  // namespace pigou
