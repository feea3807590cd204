// Do files appear whole or not at all, and never in the place of an input?
#include "io/output_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "core/error.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "pigou-output-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(const std::string& name) const { return path_ / name; }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::recursive_directory_iterator(path_), fs::recursive_directory_iterator()));
  }

 private:
  fs::path path_;
};

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(OutputFile, NothingIsThereBeforeCommitAndNothingWithoutIt) {
  const Folder folder;
  {
    OutputFile file(folder / "a");
    file.write("text");
    EXPECT_FALSE(fs::exists(folder / "a"));
  }
  EXPECT_EQ(folder.files(), 0u);
  OutputFile file(folder / "a");
  file.write("text");
  file.commit();
  EXPECT_EQ(text_of(folder / "a"), "text");
  write_file(folder / "a", "other");
  EXPECT_EQ(text_of(folder / "a"), "other");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(OutputFile, ALinkStaysAndWhereItLeadsIsReplaced) {
  const Folder folder;
  write_file(folder / "old", "old");
  fs::create_symlink("old", folder / "link");
  fs::create_symlink("new", folder / "dangling");
  fs::create_symlink(folder / "link", folder / "second");
  write_file(folder / "second", "text");
  write_file(folder / "dangling", "made");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_TRUE(fs::is_symlink(folder / "second"));
  EXPECT_EQ(text_of(folder / "old"), "text");
  EXPECT_EQ(text_of(folder / "new"), "made");
  fs::create_symlink("loop", folder / "loop");
  EXPECT_THROW(check_target(folder / "loop"), UserError);
}

TEST(OutputFile, FilesOfAPublicationAppearTogetherOrNotAtAll) {
  const Folder folder;
  {
    Publication both;
    write_file(OutputTarget(folder / "a", &both), "a");
    write_file(OutputTarget(folder / "b", &both), "b");
    EXPECT_EQ(folder.files(), 0u);
  }
  EXPECT_EQ(folder.files(), 0u);
  Publication both;
  bool told = false;
  both.afterwards([&] { told = fs::exists(folder / "a") && fs::exists(folder / "b"); });
  write_file(OutputTarget(folder / "a", &both), "a");
  write_file(OutputTarget(folder / "b", &both), "b");
  both.publish();
  EXPECT_TRUE(told);
  fs::create_directory(folder / "sub");
  Publication failing;
  failing.afterwards([&] { told = false; });
  write_file(OutputTarget(folder / "sub/c", &failing), "c");
  write_file(OutputTarget(folder / "d", &failing), "d");
  fs::remove_all(folder / "sub");
  EXPECT_THROW(failing.publish(), UserError);
  EXPECT_FALSE(fs::exists(folder / "d"));
  EXPECT_TRUE(told);
}

TEST(OutputFile, InputsAreKnownByNameByLinkByInodeAndInsideFolders) {
  const Folder folder;
  fs::create_directories(folder / "shards/deep");
  for (const char* name : {"input", "free", "shards/one", "shards/deep/two"})
    write_file(folder / name, name);
  fs::create_symlink(folder / "input", folder / "link");
  fs::create_hard_link(folder / "input", folder / "hard");
  fs::create_hard_link(folder / "shards/deep/two", folder / "two");
  const fs::path inputs[] = {folder / "input", folder / "shards", folder / "missing"};
  for (const char* name : {"input", "link", "hard", "two", "shards/one", "shards/../input"})
    EXPECT_THROW(refuse_inputs(folder / name, inputs), UserError) << name;
  for (const char* name : {"free", "new", "shards/new", "missing"})
    EXPECT_NO_THROW(refuse_inputs(folder / name, inputs)) << name;
}

}  // namespace
}  // namespace pigou
