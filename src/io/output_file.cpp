#include "io/output_file.hpp"

#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/error.hpp"

namespace pigou {

struct OutputFile::State {
  std::FILE* file = nullptr;
  bool gzip = false;
  bool committed = false;
  z_stream stream{};
  std::vector<unsigned char> packed;
};

namespace {

[[noreturn]] void fail_writing(const std::string& path, const char* action, int error) {
  throw UserError("cannot " + std::string(action) + " '" + path + "'", std::strerror(error),
                  "choose a folder you may write to with enough room");
}

}  // namespace

std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

void publish_file(const std::string& temporary, const std::string& path) {
  if (std::rename(temporary.c_str(), path.c_str()) == 0) return;
  const int error = errno;
  std::remove(temporary.c_str());
  fail_writing(path, "write", error);
}

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)), temporary_(temporary_name(path_)), state_(std::make_unique<State>()) {
  state_->file = std::fopen(temporary_.c_str(), "wb");
  if (!state_->file) fail("write");
  state_->gzip = path_.ends_with(".gz");
  if (!state_->gzip) return;
  state_->packed.resize(std::size_t{1} << 18);
  if (deflateInit2(&state_->stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    state_->gzip = false;
    std::fclose(state_->file);
    std::remove(temporary_.c_str());
    throw InternalError("zlib did not start");
  }
}

OutputFile::~OutputFile() {
  if (state_->gzip) deflateEnd(&state_->stream);
  if (state_->file) std::fclose(state_->file);
  if (!state_->committed) std::remove(temporary_.c_str());
}

void OutputFile::fail(const char* action) const { fail_writing(path_, action, errno); }

void OutputFile::write_raw(const void* bytes, std::size_t size) {
  if (std::fwrite(bytes, 1, size, state_->file) != size) fail("write");
}

void OutputFile::compress(std::string_view bytes, int flush) {
  z_stream& stream = state_->stream;
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    stream.next_out = state_->packed.data();
    stream.avail_out = static_cast<uInt>(state_->packed.size());
    deflate(&stream, flush);
    write_raw(state_->packed.data(), state_->packed.size() - stream.avail_out);
  } while (stream.avail_out == 0);
}

void OutputFile::write(std::string_view bytes) {
  if (!state_->gzip) return write_raw(bytes.data(), bytes.size());
  constexpr std::size_t piece = std::size_t{1} << 30;  // zlib counts in 32 bits
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    compress(bytes.substr(0, piece), Z_NO_FLUSH);
}

void OutputFile::commit() {
  if (state_->gzip) compress({}, Z_FINISH);
  std::FILE* const file = state_->file;
  state_->file = nullptr;
  if (std::fclose(file) != 0) fail("write");
  publish_file(temporary_, path_);
  state_->committed = true;
}

void write_file(const std::string& path, std::string_view bytes) {
  const std::string temporary = temporary_name(path);
  std::FILE* const file = std::fopen(temporary.c_str(), "wb");
  if (!file) fail_writing(path, "write", errno);
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  const int error = errno;
  if (std::fclose(file) != 0 || !written) {
    std::remove(temporary.c_str());
    fail_writing(path, "write", error);
  }
  publish_file(temporary, path);
}

}  // namespace pigou
