#include "io/text_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = std::size_t{1} << 18;
constexpr std::size_t kLongestLine = std::size_t{1} << 30;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void broken_gzip(const std::string& path, const std::string& why) {
  throw UserError("cannot decompress '" + path + "'", why,
                  "copy the file again and check it with gzip -t");
}

}  // namespace

struct TextFile::State {
  std::unique_ptr<std::FILE, CloseFile> file;
  std::uint64_t bytes_on_disk = 0;
  bool gzip = false;
  bool inside_member = false;  ///< the gzip member begun has not ended yet
  bool at_end = false;
  z_stream stream{};
  std::vector<unsigned char> input;

  ~State() {
    if (gzip) inflateEnd(&stream);
  }
  void fill() {
    stream.next_in = input.data();
    stream.avail_in = static_cast<uInt>(std::fread(input.data(), 1, input.size(), file.get()));
  }
};

TextFile::TextFile(std::string path) : path_(std::move(path)), state_(std::make_unique<State>()) {
  State& state = *state_;
  if (is_folder(path_))
    throw UserError("'" + path_ + "' is a folder", "a file is expected here",
                    "name one file inside it");
  state.file.reset(std::fopen(path_.c_str(), "rb"));
  if (!state.file)
    throw UserError("cannot open '" + path_ + "'", std::strerror(errno),
                    "check the path and its permissions");
  state.bytes_on_disk = file_size(path_);  // 0 for a pipe: only the hint suffers
  state.input.resize(kChunk);
  std::setvbuf(state.file.get(), nullptr, _IONBF, 0);
  state.fill();
  if (state.stream.avail_in == 0)
    throw UserError("'" + path_ + "' is empty", "a file with at least one row is expected",
                    "check how it was copied or produced");
  state.gzip = state.stream.avail_in >= 2 && state.input[0] == 0x1f && state.input[1] == 0x8b;
  if (!state.gzip) return;
  state.inside_member = true;
  if (inflateInit2(&state.stream, 15 + 16) != Z_OK) {
    state.gzip = false;
    throw InternalError("zlib did not start");
  }
}

TextFile::~TextFile() = default;

bool TextFile::compressed() const { return state_->gzip; }

std::uint64_t TextFile::size_hint() const {
  return state_->gzip ? state_->bytes_on_disk * 12 : state_->bytes_on_disk;
}

std::size_t TextFile::read(char* to, std::size_t size) {
  stop_if_asked();
  State& state = *state_;
  std::size_t done = 0;
  if (!state.gzip) {
    while (done < size && !state.at_end) {
      if (state.stream.avail_in == 0) {  // past what was looked at first: straight to the caller
        const std::size_t got = std::fread(to + done, 1, size - done, state.file.get());
        state.at_end = got < size - done;
        done += got;
        break;
      }
      const std::size_t take = std::min<std::size_t>(size - done, state.stream.avail_in);
      std::memcpy(to + done, state.stream.next_in, take);
      state.stream.next_in += take;
      state.stream.avail_in -= static_cast<uInt>(take);
      done += take;
    }
    stop_if_asked();  // which ends a wait for bytes with an error
    if (std::ferror(state.file.get()))
      throw UserError("cannot read '" + path_ + "'", "the disk reported an error",
                      "copy the file again");
    return done;
  }
  while (done < size && !state.at_end) {
    if (state.stream.avail_in == 0) state.fill();
    if (state.stream.avail_in == 0) {
      if (state.inside_member) broken_gzip(path_, "the gzip data ends too early");
      state.at_end = true;
      break;
    }
    if (!state.inside_member) {  // gzip files may be concatenated
      inflateReset(&state.stream);
      state.inside_member = true;
    }
    const std::size_t room = std::min(size - done, std::size_t{1} << 30);
    state.stream.next_out = reinterpret_cast<unsigned char*>(to + done);
    state.stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&state.stream, Z_NO_FLUSH);
    done += room - state.stream.avail_out;
    if (code == Z_STREAM_END) {
      state.inside_member = false;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      broken_gzip(path_, state.stream.msg ? state.stream.msg : "the gzip data is broken");
    }
  }
  return done;
}

LineReader::LineReader(std::string path)
    : file_(std::move(path)), buffer_(kChunk * 4 + kTextPadding) {}

void LineReader::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  std::size_t room = buffer_.size() - kTextPadding - end_;
  if (room == 0) {
    if (buffer_.size() > kLongestLine)
      throw UserError("'" + path() + "' line " + std::to_string(line_number_ + 1) + " is too long",
                      "no trace has lines of more than 1 GiB", "check that it is a text file");
    buffer_.resize(buffer_.size() * 2);
    room = buffer_.size() - kTextPadding - end_;
  }
  const std::size_t got = file_.read(buffer_.data() + end_, room);
  end_ += got;
  finished_ = got < room;
  if (line_number_ > 0 || begin_ > 0) return;
  // Spreadsheets put a byte order mark before the first line: no part of it.
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (std::string_view(buffer_.data(), end_).starts_with(mark)) begin_ = mark.size();
}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;
  while (true) {
    const char* const from = buffer_.data() + begin_;
    const void* const found = std::memchr(from + searched, '\n', end_ - begin_ - searched);
    std::size_t length = end_ - begin_;
    if (found) {
      length = static_cast<std::size_t>(static_cast<const char*>(found) - from);
    } else if (!finished_) {
      searched = length;
      refill();
      continue;
    } else if (length == 0) {
      return false;
    }
    begin_ += length + (found ? 1 : 0);
    ++line_number_;
    if (length > 0 && from[length - 1] == '\r') --length;
    line = {from, length};
    return true;
  }
}

std::string_view read_whole_file(const std::string& path, std::vector<char>& buffer) {
  TextFile file(path);
  if (buffer.size() < file.size_hint() + kTextPadding)
    buffer.resize(static_cast<std::size_t>(file.size_hint()) + kTextPadding);
  std::size_t size = 0;
  while (true) {
    const std::size_t room = buffer.size() - kTextPadding - size;
    const std::size_t got = file.read(buffer.data() + size, room);
    size += got;
    if (got < room) return {buffer.data(), size};
    buffer.resize(buffer.size() * 2);
  }
}

std::string read_file_head(const std::string& path, std::size_t size) {
  std::string head(size, '\0');
  head.resize(TextFile(path).read(head.data(), size));
  return head;
}

std::uint64_t file_size(const std::string& path) {
  std::error_code code;
  const auto size = fs::file_size(path, code);
  return code ? 0 : size;
}

bool is_folder(const std::string& path) {
  std::error_code code;
  return fs::is_directory(path, code);
}

std::vector<std::string> list_files(const std::string& folder, std::string_view prefix) {
  std::vector<std::string> names;
  std::error_code code;
  fs::directory_iterator entry(folder, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    std::error_code ignored;
    std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && entry->is_regular_file(ignored))
      names.push_back(std::move(name));
  }
  if (code)
    throw UserError("cannot list '" + folder + "'", code.message(), "check its permissions");
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace pigou
