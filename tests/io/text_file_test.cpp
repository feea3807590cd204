#include "io/text_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/error.hpp"
#include "io/csv_reader.hpp"
#include "io/output_file.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

class IoTest : public ::testing::Test {
 protected:
  IoTest() : folder_(fs::temp_directory_path() / ("pigou-io-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~IoTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string bytes_of(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  LineReader reader(path);
  for (std::string_view line; reader.next(line);) lines.emplace_back(line);
  EXPECT_EQ(reader.line_number(), lines.size());
  return lines;
}

template <class Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

using Lines = std::vector<std::string>;

TEST_F(IoTest, DoLinesEndWithLfCrlfOrTheFile) {
  EXPECT_EQ(lines_of(write("x", "a\nb\r\n\nlast")), (Lines{"a", "b", "", "last"}));
  EXPECT_EQ(lines_of(write("x", "a\n")), (Lines{"a"}));
  EXPECT_EQ(lines_of(write("x", "\n")), (Lines{""}));
}

TEST_F(IoTest, DoLinesLongerThanTheBufferComeWhole) {
  const std::string longest(3'000'000, 'x');
  const Lines lines = lines_of(write("x", "short\n" + longest + "\nend\n"));
  EXPECT_EQ(lines, (Lines{"short", longest, "end"}));
}

TEST_F(IoTest, IsGzipKnownByItsFirstBytesWhateverTheName) {
  OutputFile packed(path("x.gz"));
  std::string text;
  for (int line = 0; line < 200'000; ++line) text.append(std::to_string(line)).append("\n");
  packed.write(text);
  packed.commit();
  EXPECT_LT(fs::file_size(path("x.gz")), text.size() / 2);
  fs::rename(path("x.gz"), path("x.csv"));
  const Lines lines = lines_of(path("x.csv"));
  ASSERT_EQ(lines.size(), 200'000U);
  EXPECT_EQ(lines.back(), "199999");
  std::vector<char> buffer;
  EXPECT_EQ(read_whole_file(path("x.csv"), buffer), text);
  EXPECT_EQ(read_file_head(path("x.csv"), 4), "0\n1\n");
}

TEST_F(IoTest, DoConcatenatedGzipFilesReadAsOne) {
  for (const char* const name : {"a.gz", "b.gz"}) {
    OutputFile packed(path(name));
    packed.write(std::string(name) + "\n");
    packed.commit();
  }
  EXPECT_EQ(lines_of(write("c.gz", bytes_of("a.gz") + bytes_of("b.gz"))), (Lines{"a.gz", "b.gz"}));
}

TEST_F(IoTest, IsGzipTheSameTextHoweverMuchIsAskedForAtOnce) {
  // Members of many sizes, so that they end anywhere in the buffer and within one call's room.
  std::uint64_t state = 1;
  std::string text;
  std::string packed;
  for (int member = 0; member < 60; ++member) {
    std::string part;
    for (std::uint64_t left = 1 + (state >> 48); left > 0; --left) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      part.push_back(static_cast<char>(' ' + (state >> 58)));
    }
    OutputFile file(path("m.gz"));
    file.write(part);
    file.commit();
    packed += bytes_of("m.gz");
    text += part;
  }
  ASSERT_GT(packed.size(), std::size_t{1} << 20);
  const std::string name = write("all.gz", packed);
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, text.size()}) {
    TextFile file(name);
    std::string read(text.size() + size, ' ');
    std::size_t done = 0;
    std::size_t got = 0;
    while ((got = file.read(read.data() + done, size)) == size) done += got;
    read.resize(done + got);
    EXPECT_TRUE(read == text) << size;
  }
}

TEST_F(IoTest, IsAWrongChecksumOrTextAfterGzipAnError) {
  OutputFile file(path("x.gz"));
  file.write("some lines\nof text\n");
  file.commit();
  std::string bytes = bytes_of("x.gz");
  EXPECT_NE(error_of([&] {
              lines_of(write("y.gz", bytes + "more text than a header"));
            }).find("no gzip header"),
            std::string::npos);
  bytes[bytes.size() - 6] ^= 1;
  EXPECT_NE(error_of([&] { lines_of(write("y.gz", bytes)); }).find("checksum"), std::string::npos);
}

TEST_F(IoTest, DoesEveryTruncationOfAGzipFileEndInOneClearError) {
  OutputFile packed(path("x.gz"));
  packed.write("some lines\nof text\n");
  packed.commit();
  const std::string bytes = bytes_of("x.gz");
  for (std::size_t size = 2; size < bytes.size(); ++size) {
    const std::string file = write("cut.gz", bytes.substr(0, size));
    const std::string message = error_of([&] { lines_of(file); });
    EXPECT_NE(message.find("cut.gz"), std::string::npos) << size;
    EXPECT_NE(message.find("ends too early"), std::string::npos) << message;
  }
}

TEST_F(IoTest, DoMissingEmptyAndFolderPathsSayWhatTheyAre) {
  EXPECT_NE(error_of([&] { LineReader reader(path("absent")); }).find("cannot open"),
            std::string::npos);
  EXPECT_NE(error_of([&] { LineReader reader(write("x", "")); }).find("is empty"),
            std::string::npos);
  EXPECT_NE(error_of([&] { LineReader reader(folder_.string()); }).find("is a folder"),
            std::string::npos);
}

TEST_F(IoTest, AreOnlyRegularFilesOfThePrefixListedInOrder) {
  write("t_2", "x");
  write("t_1", "x");
  write("u_1", "x");
  fs::create_directories(folder_ / "t_0");
  EXPECT_EQ(list_files(folder_.string(), "t_"), (Lines{"t_1", "t_2"}));
}

TEST_F(IoTest, DoesAnUncommittedFileLeaveTheTargetAndTheFolderAsTheyWere) {
  write("x", "old");
  {
    OutputFile file(path("x"));
    file.write("new");
  }
  EXPECT_EQ(bytes_of("x"), "old");
  EXPECT_EQ(files(), 1U);
  OutputFile file(path("x"));
  file.write("new");
  file.commit();
  EXPECT_EQ(bytes_of("x"), "new");
  EXPECT_EQ(files(), 1U);
  write_file(path("x"), "newest");
  EXPECT_EQ(bytes_of("x"), "newest");
  EXPECT_EQ(files(), 1U);
}

TEST_F(IoTest, DoesWritingWhereNothingCanBeWrittenSayWhere) {
  EXPECT_NE(error_of([&] { OutputFile file(path("no/such/x")); }).find("no/such/x"),
            std::string::npos);
  EXPECT_NE(error_of([&] { write_file(path("no/such/x"), "y"); }).find("cannot write"),
            std::string::npos);
  fs::create_directories(folder_ / "taken");
  EXPECT_NE(error_of([&] { write_file(path("taken"), "y"); }).find("cannot write"),
            std::string::npos);
  EXPECT_EQ(files(), 1U);
}

TEST(Csv, DoQuotesHoldCommasAndDoubledQuotes) {
  Lines fields;
  ASSERT_TRUE(split_csv("a,\"b,c\",,\"d\"\"e\"", fields));
  EXPECT_EQ(fields, (Lines{"a", "b,c", "", "d\"e"}));
  ASSERT_TRUE(split_csv("", fields));
  EXPECT_EQ(fields, (Lines{""}));
  ASSERT_TRUE(split_csv("a,", fields));
  EXPECT_EQ(fields, (Lines{"a", ""}));
  EXPECT_FALSE(split_csv("\"open", fields));
  EXPECT_FALSE(split_csv("\"a\"b,c", fields));
}

TEST(Csv, DoesThePlainSplitCountWhatItHasNoRoomFor) {
  std::string_view fields[2];
  EXPECT_EQ(split_csv_plain("a,b,c", fields), 3U);
  EXPECT_EQ(fields[1], "b");
  EXPECT_EQ(split_csv_plain("", fields), 1U);
}

TEST(Csv, AreWholeNumbersDigitsOnly) {
  std::uint64_t value = 0;
  EXPECT_TRUE(parse_whole("18446744073709551615", value));
  EXPECT_EQ(value, UINT64_MAX);
  for (const char* const text : {"", "-1", "+1", "1.0", " 1", "1 ", "18446744073709551616", "x"})
    EXPECT_FALSE(parse_whole(text, value)) << text;
}

}  // namespace
}  // namespace pigou
