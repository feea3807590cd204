#include "output/run/result_file.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "core/error.hpp"
#include "output/text/numbers.hpp"

namespace pigou {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("pigou-output-" + std::to_string(getpid()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }
  bool empty() const { return fs::is_empty(path_); }

 private:
  fs::path path_;
};

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

RunResult small_result() {
  RunResult result;
  result.summary.arrived = 2;
  result.summary.ttft.mean = 0.25;
  result.summary.itl.mean = std::numeric_limits<double>::quiet_NaN();
  result.summary.rejected_by["too long"] = 1;
  PoolSummary pool;
  pool.name = "serve";
  pool.utilisation = 0.5;
  result.summary.pools.push_back(pool);
  auto& rows = result.requests;
  rows.request = {0, 1};
  rows.arrival_s = rows.queue_s = rows.ttft_s = rows.tpot_s = rows.e2e_s = {0.5, 1.5};
  rows.input_tokens = rows.output_tokens = rows.hit_tokens = rows.believed_tokens = {1, 2};
  rows.instance = rows.decode_instance = {-1, 3};
  rows.preemptions = {0, 1};
  rows.outcome = {1, 2};
  return result;
}

Scenario small_scenario() {
  Scenario scenario;
  scenario.name = "small";
  scenario.resolved = "{}";
  scenario.hash = "0123456789abcdef";
  return scenario;
}

double read_double(hid_t file, const char* path) {
  const hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
  double value = -1;
  H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value);
  H5Dclose(dataset);
  return value;
}

/// Visits every dataset; counts those without a unit or a description.
herr_t count_bare(hid_t group, const char* name, const H5O_info_t* info, void* bare) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  for (const char* attribute : {"unit", "description"})
    if (H5Aexists_by_name(group, name, attribute, H5P_DEFAULT) <= 0) ++*static_cast<int*>(bare);
  return 0;
}

TEST(ResultFile, IsTheSameBytesTwiceAndReadsBack) {
  const Folder folder;
  write_run_file(folder / "a.h5", small_scenario(), small_result());
  sleep(1);  // HDF5 stamps objects with whole seconds unless told not to
  write_run_file(folder / "b.h5", small_scenario(), small_result());
  EXPECT_TRUE(bytes_of(folder / "a.h5") == bytes_of(folder / "b.h5"));
  const hid_t file = H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  ASSERT_GE(file, 0);
  EXPECT_DOUBLE_EQ(read_double(file, "/result/summary/ttft_s/mean"), 0.25);
  EXPECT_DOUBLE_EQ(read_double(file, "/result/summary/pools/serve/utilisation"), 0.5);
  EXPECT_DOUBLE_EQ(read_double(file, "/result/summary/requests/rejected_by/too long"), 1);
  for (const char* attribute : {"filetype", "format_version", "program", "git"})
    EXPECT_GT(H5Aexists(file, attribute), 0) << attribute;
  H5Fclose(file);
}

TEST(ResultFile, SaysUnitAndMeaningOfEveryDataset) {
  const Folder folder;
  write_run_file(folder / "a.h5", small_scenario(), small_result());
  const hid_t file = H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  int bare = 0;
  H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, count_bare, &bare, H5O_INFO_BASIC);
  EXPECT_EQ(bare, 0);
  H5Fclose(file);
}

TEST(ResultFile, AnAbandonedWriterLeavesNothingAndTheTargetAsItWas) {
  const Folder folder;
  { Hdf5Writer(folder / "a.h5").scalar("/x", 1.0, {"s", "A number."}); }
  EXPECT_TRUE(folder.empty());
  std::ofstream(folder / "a.h5") << "old";
  { Hdf5Writer(folder / "a.h5").scalar("/x", 1.0, {"s", "A number."}); }
  EXPECT_EQ(bytes_of(folder / "a.h5"), "old");
}

TEST(ResultFile, ATargetThatCannotBeWrittenIsRefusedBeforehand) {
  const Folder folder;
  EXPECT_NO_THROW(check_target(folder / "a.h5"));
  EXPECT_THROW(check_target(folder / "none/a.h5"), UserError);
  fs::create_directory(folder / "sub");
  EXPECT_THROW(check_target(folder / "sub"), UserError);
}

TEST(NumberText, IsGroupedAlignedAndHonestAboutNothing) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(12031), "12,031");
  EXPECT_EQ(significant(0.012345, 3), "0.0123");
  EXPECT_EQ(significant(-12345.6, 3), "-12,346");
  EXPECT_EQ(significant(std::numeric_limits<double>::quiet_NaN(), 3), "-");
  EXPECT_EQ(right("±1", 4), "  ±1");
}

}  // namespace
}  // namespace pigou
