// Laws 12 and 14, through the program: a result replays from itself, and it agrees with itself.
#include <hdf5.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"
#include "depth.hpp"

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
    std::filesystem::create_directory(scratch.file("inside"));
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
      ("cd '" + source_root() + "' && { /usr/bin/python3 " + words + "; } >/dev/null 2>&1")
          .c_str());
}

/// `count` scenarios nobody thought of, written to `scratch` as seed.json, under any router.
std::vector<std::string> random_files(const Scratch& scratch, std::uint32_t count) {
  std::string words = "scripts/random_scenario.py " + std::to_string(first_seed()) + " --count " +
                      std::to_string(count) + " --folder " + scratch.file("") + " --routers";
  for (const auto& router : nlohmann::json::parse(run_pigou("list routers --json").out))
    words += " " + router["name"].get<std::string>();
  EXPECT_EQ(run_python(words), 0) << words;
  std::vector<std::string> files;
  for (std::uint64_t seed = first_seed(); files.size() < count; ++seed)
    files.push_back(scratch.file(std::to_string(seed)));
  return files;
}

/// Runs file.json to file.h5. False where the scenario is refused: its router does not fit.
bool run_random(const std::string& file) {
  const Outcome outcome = run_pigou("run " + file + ".json -q -o " + file + ".h5");
  EXPECT_TRUE(outcome.code == 0 || outcome.code == 2) << file << ": " << outcome.err;
  return outcome.code == 0;
}

TEST(LawResultFile, Law12ARunOfAnythingIsTheReplayOfItsOwnResultFile) {
  const Scratch scratch;
  const std::uint32_t count = draws(60, "scenarios");
  std::uint32_t ran = 0;
  for (const std::string& file : random_files(scratch, count)) {
    if (!run_random(file)) continue;
    ++ran;
    const std::string scenario = text_of(file + ".h5", "/input/scenario");
    const auto manifest =
        nlohmann::ordered_json::parse(testing::read_all(file + ".h5.manifest.json"));
    EXPECT_EQ(manifest["scenario"], nlohmann::ordered_json::parse(scenario));
    const std::string again = scratch.file("again");
    scratch.write("again.json", scenario);
    ASSERT_TRUE(run_random(again)) << file;
    ASSERT_TRUE(testing::read_all(file + ".h5") == testing::read_all(again + ".h5")) << file;
    std::filesystem::remove(file + ".h5");
  }
  EXPECT_GE(ran, count / 2);
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

TEST(LawResultFile, Law14HoldsForAnything) {
  if (run_python("-c 'import h5py, numpy'") != 0) GTEST_SKIP() << "python3-h5py is not installed";
  const Scratch scratch;
  const std::uint32_t count = draws(120, "scenarios");
  std::uint32_t ran = 0;
  std::string files;
  for (const std::string& file : random_files(scratch, count)) {
    if (!run_random(file)) continue;
    ++ran;
    files.append(" ").append(file).append(".h5");
  }
  EXPECT_GE(ran, count / 2);
  const std::string out = scratch.file("check.txt");
  EXPECT_EQ(run_python("scripts/check_result" + files + " >" + out), 0)
      << testing::read_all(out) << "its scenario: scripts/random_scenario.py, by the file's number";
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
