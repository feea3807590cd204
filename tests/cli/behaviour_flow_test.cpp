// Small clusters worked out by hand: what becomes of requests whose instance or client goes away.
// Prefill takes 1 ms a token, a decode step 10 ms, KV of a token 131,072 bytes.
#include <gtest/gtest.h>
#include <hdf5.h>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;

/// A column of /result/requests as doubles.
std::vector<double> column(hid_t file, const char* name) {
  const hid_t data = H5Dopen2(file, (std::string("/result/requests/") + name).c_str(), H5P_DEFAULT);
  const hid_t space = H5Dget_space(data);
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Sclose(space);
  H5Dclose(data);
  return values;
}

struct Rows {
  std::vector<double> ttft_s, attempts, outcome, end_s;
};

/// Runs tests/cases/NAME.
Rows rows_of(const std::string& name) {
  const Scratch scratch;
  const std::string target = scratch.file("out.h5");
  const Outcome run = run_pigou("run tests/cases/" + name + "/scenario.json -q -o " + target);
  EXPECT_EQ(run.code, 0) << run.err;
  const hid_t file = H5Fopen(target.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  Rows rows{column(file, "ttft_s"), column(file, "attempts"), column(file, "outcome"),
            column(file, "end_s")};
  H5Fclose(file);
  return rows;
}

constexpr double kRounding_s = 1e-6;

TEST(BehaviourOfLinks, ATransferWhoseReceiverFailsLetsGoOfItsSendersLink) {
  const Rows rows = rows_of("link-dst-fail");
  EXPECT_EQ(rows.outcome, (std::vector<double>{4, 1}));
  EXPECT_NEAR(rows.end_s[0], 2, kRounding_s);
  // Prefill 3.0 to 3.1, 100 x 131,072 B at 1e7 B/s take 1.31072 s, and one step.
  EXPECT_NEAR(rows.ttft_s[1], 0.1 + 1.31072 + 0.01, kRounding_s);
}

TEST(BehaviourOfLinks, WithoutAFailureTheNextWaitsForTheLink) {
  // 1.0 to 14.1072 s belong to the first.
  EXPECT_NEAR(rows_of("link-dst-nofail").ttft_s[1], 14.1072 + 1.31072 + 0.01 - 3, kRounding_s);
  EXPECT_NEAR(rows_of("link-only2").ttft_s[1], 1.42072, kRounding_s);
}

TEST(BehaviourOfLinks, ATransferWhoseSenderFailsLetsGoOfItsReceiversLink) {
  const Rows rows = rows_of("link-src-fail");
  EXPECT_EQ(rows.outcome, (std::vector<double>{4, 1}));
  EXPECT_NEAR(rows.ttft_s[1], 1.42072, kRounding_s);
}

TEST(BehaviourOfLinks, AClientThatGivesUpCallsOffATransferUnlessItIsUnderWay) {
  const Rows rows = rows_of("timeout-queued-transfer");
  EXPECT_EQ(rows.outcome, (std::vector<double>{1, 3, 3, 1}));
  // The second holds the link to 14.1072 + 13.1072 s, the third never gets it.
  EXPECT_NEAR(rows.ttft_s[3], 27.2144 + 1.31072 + 0.01 - 26, kRounding_s);
}

TEST(BehaviourOfBoundDecodes, ADrainFinishesWhatItsInstanceWasChosenFor) {
  for (const char* name : {"drain-decode-chosen-rr", "decode-drain-2p"}) {
    const Rows rows = rows_of(name);
    // 1,000 tokens, 131,072,000 B at 1e11 B/s, and one step.
    EXPECT_NEAR(rows.ttft_s[0], 1 + 0.00131072 + 0.01, kRounding_s) << name;
    EXPECT_EQ(rows.attempts[0], 1) << name;
  }
}

TEST(BehaviourOfBoundDecodes, WhateverElseItServes) {
  for (const char* name : {"drain-decode-busy", "drain-prefill-recover"}) {
    const Rows rows = rows_of(name);
    for (std::size_t r = 0; r < rows.outcome.size(); ++r) {
      EXPECT_EQ(rows.outcome[r], 1) << name << r;
      EXPECT_EQ(rows.attempts[r], 1) << name << r;
    }
  }
}

TEST(BehaviourOfBoundDecodes, AFailureIsNoticedAtThatInstant) {
  const Rows rows = rows_of("decode-fail-during-prefill");
  EXPECT_NEAR(rows.ttft_s[0], 0.5 + 1 + 0.00131072 + 0.01, kRounding_s);
  EXPECT_EQ(rows.attempts[0], 2);
}

}  // namespace
}  // namespace pigou
