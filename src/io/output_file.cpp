#include "io/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace pigou {

struct OutputFile::State {
  std::optional<UnnamedFile> unnamed;
  std::FILE* file = nullptr;
  bool gzip = false;
  z_stream stream{};
  std::vector<unsigned char> packed;
};

namespace {

[[noreturn]] void fail_writing(const std::string& path, int error) {
  throw UserError("cannot write '" + path + "'", std::strerror(error == 0 ? EIO : error),
                  "choose a folder you may write to with enough room");
}

/// A stream of its own over the file, so that closing it tells whether all has arrived.
std::FILE* open_stream(const UnnamedFile& file) {
  const int descriptor = fcntl(file.descriptor(), F_DUPFD_CLOEXEC, 3);
  if (descriptor < 0) fail_writing(file.path(), errno);
  std::FILE* const stream = fdopen(descriptor, "wb");
  if (stream != nullptr) return stream;
  const int error = errno;
  close(descriptor);
  fail_writing(file.path(), error);
}

}  // namespace

OutputFile::OutputFile(OutputTarget target)
    : target_(std::move(target)), state_(std::make_unique<State>()) {
  state_->unnamed.emplace(target_.path);
  state_->file = open_stream(*state_->unnamed);
  state_->gzip = target_.path.ends_with(".gz");
  if (!state_->gzip) return;
  state_->packed.resize(std::size_t{1} << 18);
  if (deflateInit2(&state_->stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    std::fclose(state_->file);
    throw InternalError("zlib did not start");
  }
}

OutputFile::~OutputFile() {
  if (state_->gzip) deflateEnd(&state_->stream);
  if (state_->file) std::fclose(state_->file);
}

void OutputFile::fail() const { fail_writing(target_.path, errno); }

void OutputFile::write_raw(const void* bytes, std::size_t size) {
  errno = 0;
  if (std::fwrite(bytes, 1, size, state_->file) != size) fail();
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
  stop_if_asked();
  if (!state_->gzip) return write_raw(bytes.data(), bytes.size());
  constexpr std::size_t piece = std::size_t{1} << 30;  // zlib counts in 32 bits
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    compress(bytes.substr(0, piece), Z_NO_FLUSH);
}

void OutputFile::commit() {
  if (state_->gzip) compress({}, Z_FINISH);
  std::FILE* const file = std::exchange(state_->file, nullptr);
  errno = 0;
  if (std::fclose(file) != 0) fail();
  target_.hand_over(std::move(*state_->unnamed));
}

void write_file(const OutputTarget& target, std::string_view bytes) {
  UnnamedFile file(target.path);
  file.write(bytes);
  target.hand_over(std::move(file));
}

}  // namespace pigou
