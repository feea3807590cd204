// Laws 12 and 14, through the program: a result replays from itself, and it agrees with itself.
#include <hdf5.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "program_testing.hpp"

namespace pigou {
namespace {

using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;

/// A text dataset of the result file at `path`.
std::string text_of(const std::string& path, const char* dataset) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data = H5Dopen2(file, dataset, H5P_DEFAULT);
  const hid_t type = H5Dget_type(data);
  std::string text(H5Tget_size(type), '\0');
  H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data());
  H5Tclose(type);
  H5Dclose(data);
  H5Fclose(file);
  return text;
}

/// Scenarios that between them draw on everything a seed decides and every kind of workload.
const char* const kRuns[] = {
    "scenarios/quickstart.json",
    "scenarios/quickstart.json --router dynamo-kv@2026-08:temperature=0.5 --set "
    "workload.jitter_s=2",
    "scenarios/quickstart.json --router random --set workload.concurrency=20 --seed 9",
    "scenarios/quickstart.json --router dualmap@2602.06502 --set workload.timeout_s=2 --set "
    "workload.thin=0.5",
    "scenarios/dynamo-policy-classes.json",
};

TEST(LawResultFile, Law12ARunIsTheReplayOfItsOwnResultFileAndOfItsManifest) {
  for (const char* run : kRuns) {
    SCOPED_TRACE(run);
    const Scratch scratch;
    const std::string first = scratch.file("first.h5");
    ASSERT_EQ(run_pigou(std::string("run ") + run + " -q -o " + first).code, 0);
    // Trace paths in the file are as the scenario gave them, so it goes beside that scenario.
    const std::string traces = std::string(PIGOU_SOURCE_DIR) + "/traces";
    std::filesystem::create_directory(scratch.file("inside"));
    std::filesystem::create_directory_symlink(traces, scratch.file("traces"));
    const auto manifest =
        nlohmann::ordered_json::parse(testing::read_all(scratch.file("first.h5.manifest.json")));
    const std::string sources[] = {text_of(first, "/input/scenario"), manifest["scenario"].dump()};
    for (const std::string& scenario : sources) {
      const std::string file = scratch.write("inside/quickstart.json", scenario);
      const Outcome again = run_pigou("run " + file + " -q -o " + scratch.file("again.h5"));
      ASSERT_EQ(again.code, 0) << again.err;
      EXPECT_TRUE(testing::read_all(first) == testing::read_all(scratch.file("again.h5")));
    }
  }
}

int run_python(const std::string& words) {
  return std::system(
      ("cd '" PIGOU_SOURCE_DIR "' && /usr/bin/python3 " + words + " >/dev/null 2>&1").c_str());
}

TEST(LawResultFile, Law14TheSummaryAndTheTimelineFollowFromTheRowsAlone) {
  if (run_python("-c 'import h5py, numpy'") != 0) GTEST_SKIP() << "python3-h5py is not installed";
  for (const char* run : kRuns) {
    const Scratch scratch;
    const std::string file = scratch.file("out.h5");
    ASSERT_EQ(run_pigou(std::string("run ") + run + " -q -o " + file).code, 0);
    EXPECT_EQ(run_python("scripts/check_result " + file), 0) << run;
  }
}

TEST(LawResultFile, Law14AFigureThatDoesNotFollowIsFound) {
  if (run_python("-c 'import h5py, numpy'") != 0) GTEST_SKIP() << "python3-h5py is not installed";
  const Scratch scratch;
  const std::string file = scratch.file("out.h5");
  ASSERT_EQ(run_pigou("run scenarios/quickstart.json -q -o " + file).code, 0);
  for (const char* figure :
       {"summary/requests/finished", "summary/ttft_s/p99", "summary/itl_s/mean",
        "summary/cache/hit_tokens", "summary/throughput/output_tokens_per_s", "summary/e2e_s/mean",
        "summary/sim/simulated_s", "timeline/in_flight", "requests/hit_tokens", "requests/end_s",
        "requests/attempt", "summary/requests/retries"}) {
    const std::string broken = scratch.file("broken.h5");
    std::filesystem::copy_file(file, broken, std::filesystem::copy_options::overwrite_existing);
    ASSERT_EQ(run_python("-c 'import h5py; f = h5py.File(\"" + broken + "\", \"r+\"); " +
                         "d = f[\"/result/" + figure + "\"]; d[...] = d[()] * 2 + 1'"),
              0);
    EXPECT_NE(run_python("scripts/check_result " + broken), 0) << figure;
  }
}

}  // namespace
}  // namespace pigou
