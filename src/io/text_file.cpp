#include "io/text_file.hpp"

#include <isa-l/igzip_lib.h>

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

const char* why_broken(int code) {
  switch (code) {
    case ISAL_INVALID_WRAPPER:
    case ISAL_UNSUPPORTED_METHOD:
      return "what follows is no gzip header";
    case ISAL_INCORRECT_CHECKSUM:
      return "the checksum at its end is another";
    default:
      return "the gzip data is broken";
  }
}

}  // namespace

struct TextFile::State {
  std::unique_ptr<std::FILE, CloseFile> file;
  std::uint64_t bytes_on_disk = 0;
  bool gzip = false;
  bool inside_member = false;  ///< the gzip member begun has not ended yet
  bool at_end = false;
  std::vector<unsigned char> input;
  unsigned char* next_in = nullptr;  ///< bytes of `input` not used yet
  std::size_t avail_in = 0;
  std::unique_ptr<inflate_state> stream;  ///< only for gzip: it is 100 KiB

  void fill() {
    next_in = input.data();
    avail_in = std::fread(input.data(), 1, input.size(), file.get());
  }
  void begin_member() {
    isal_inflate_reset(stream.get());
    stream->crc_flag = ISAL_GZIP;
    inside_member = true;
  }
  /// Decompresses into `to` what one call takes of the input; returns the bytes written.
  std::size_t inflate(char* to, std::size_t room, const std::string& path) {
    stream->next_in = next_in;
    stream->avail_in = static_cast<std::uint32_t>(avail_in);
    stream->next_out = reinterpret_cast<unsigned char*>(to);
    stream->avail_out = static_cast<std::uint32_t>(room);
    const int code = isal_inflate(stream.get());
    if (code < 0) broken_gzip(path, why_broken(code));
    next_in = stream->next_in;
    avail_in = stream->avail_in;
    if (stream->block_state == ISAL_BLOCK_FINISH) inside_member = false;
    return room - stream->avail_out;
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
  if (state.avail_in == 0)
    throw UserError("'" + path_ + "' is empty", "a file with at least one row is expected",
                    "check how it was copied or produced");
  state.gzip = state.avail_in >= 2 && state.input[0] == 0x1f && state.input[1] == 0x8b;
  if (!state.gzip) return;
  state.stream = std::make_unique_for_overwrite<inflate_state>();
  isal_inflate_init(state.stream.get());
  state.begin_member();
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
      if (state.avail_in == 0) {  // past what was looked at first: straight to the caller
        const std::size_t got = std::fread(to + done, 1, size - done, state.file.get());
        state.at_end = got < size - done;
        done += got;
        break;
      }
      const std::size_t take = std::min<std::size_t>(size - done, state.avail_in);
      std::memcpy(to + done, state.next_in, take);
      state.next_in += take;
      state.avail_in -= take;
      done += take;
    }
    stop_if_asked();  // which ends a wait for bytes with an error
    if (std::ferror(state.file.get()))
      throw UserError("cannot read '" + path_ + "'", "the disk reported an error",
                      "copy the file again");
    return done;
  }
  while (done < size && !state.at_end) {
    if (state.avail_in == 0) state.fill();
    if (!state.inside_member) {
      state.at_end = state.avail_in == 0;
      if (!state.at_end) state.begin_member();  // gzip files may be concatenated
      continue;
    }
    const bool no_more = state.avail_in == 0;  // yet text may wait inside the decoder
    const std::size_t got =
        state.inflate(to + done, std::min(size - done, std::size_t{1} << 30), path_);
    if (no_more && got == 0 && state.inside_member)
      broken_gzip(path_, "the gzip data ends too early");
    done += got;
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
