// Law 14 on scenarios nobody thought of: result files of runs with failures, retries, timeouts,
// refusals, splits and closed loops agree with themselves.
#include "cli/program_testing.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

TEST(RandomResults, Law14RunsOfRandomScenariosAgreeWithThemselves) {
  if (std::system("/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-h5py is not installed";
  const std::string words = "cd '" + source_root() +
                            "' && /usr/bin/python3 -B tests/cli/random_results.py '" + program() +
                            "' " + std::to_string(draws(150, "scenarios"));
  EXPECT_EQ(std::system(words.c_str()), 0) << words;
}

}  // namespace
}  // namespace pigou
