// Recorded instance names as instances of the simulated cluster.
#include "workload/recorded_placement.hpp"

#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using pigou::testing::error_of;

Trace trace_with(const std::string& label, const std::vector<std::string>& words) {
  Trace trace;
  trace.input_tokens.assign(words.size(), 10);
  LabelColumn& column = trace.add_label(label);
  column.code.clear();
  for (const std::string& word : words)
    column.code.push_back(word == "-" ? kNoIndex : column.code_of(word));
  return trace;
}

TEST(NaturalOrder, CountsNumbersByTheirValueAndTheRestByItsBytes) {
  const std::vector<std::string> sorted = {"",        "1",      "2",      "10",     "a",
                                           "pod",     "pod-2",  "pod-02", "pod-10", "pod-10-1",
                                           "pod-10a", "pod-11", "pod-x"};
  for (std::size_t a = 0; a < sorted.size(); ++a)
    for (std::size_t b = 0; b < sorted.size(); ++b) {
      if (sorted[a].starts_with("pod-") && sorted[b].starts_with("pod-") &&
          (sorted[a] == "pod-02" || sorted[b] == "pod-02"))
        continue;
      EXPECT_EQ(natural_less(sorted[a], sorted[b]), a < b) << sorted[a] << " " << sorted[b];
    }
  EXPECT_NE(natural_less("pod-2", "pod-02"), natural_less("pod-02", "pod-2")) << "a total order";
  EXPECT_TRUE(natural_less("pod-02", "pod-10"));
  EXPECT_TRUE(natural_less("9", "18446744073709551616")) << "longer than any integer";
}

TEST(RecordedPlacement, TheNthNameInNaturalOrderIsTheNthInstance) {
  const Trace trace = trace_with("instance", {"pod-10", "pod-9", "-", "pod-2", "pod-10"});
  const RecordedPlacement placement(trace, 3, 0);
  ASSERT_TRUE(placement.fits());
  EXPECT_EQ(placement.entry(0), 2U);
  EXPECT_EQ(placement.entry(1), 1U);
  EXPECT_EQ(placement.entry(2), kNoIndex);
  EXPECT_EQ(placement.entry(3), 0U);
  EXPECT_EQ(placement.entry(4), 2U);
  EXPECT_EQ(placement.decode(0), kNoIndex);
}

TEST(RecordedPlacement, ANameKeepsItsInstanceWhenItsRowsAreGone) {
  Trace trace = trace_with("instance", {"a", "b", "c"});
  trace.input_tokens.erase(trace.input_tokens.begin());
  trace.labels[0].code.erase(trace.labels[0].code.begin());
  const RecordedPlacement placement(trace, 3, 0);
  EXPECT_EQ(placement.entry(0), 1U);
  EXPECT_EQ(placement.entry(1), 2U);
}

TEST(RecordedPlacement, ASplitClusterReadsBothSides) {
  Trace trace = trace_with("prefill_instance", {"p1", "p0"});
  trace.add_label("decode_instance").code.clear();
  trace.labels[1].code = {trace.labels[1].code_of("d"), kNoIndex};
  const RecordedPlacement placement(trace, 4, 2);
  placement.require_fit();
  EXPECT_TRUE(placement.split());
  EXPECT_EQ(placement.entry(0), 1U);
  EXPECT_EQ(placement.decode(0), 4U);
  EXPECT_EQ(placement.decode(1), kNoIndex);
}

TEST(RecordedPlacement, APrefillSideMayBeCalledInstance) {
  Trace trace = trace_with("instance", {"b", "a"});
  trace.add_label("decode_instance").code.clear();
  trace.labels[1].code = {trace.labels[1].code_of("x"), 0};
  const RecordedPlacement placement(trace, 2, 1);
  placement.require_fit();
  EXPECT_EQ(placement.entry(0), 1U);
  EXPECT_EQ(placement.decode(1), 2U);
}

TEST(RecordedPlacement, WhatDoesNotFitIsSaidInOneLine) {
  const auto problem = [](const Trace& trace, std::uint32_t entries, std::uint32_t decodes) {
    const RecordedPlacement placement(trace, entries, decodes);
    EXPECT_FALSE(placement.fits());
    return error_of([&] { placement.require_fit(); });
  };
  Trace none;
  none.input_tokens = {1};
  EXPECT_EQ(problem(none, 2, 0),
            "router recorded does not fit: the trace has no column 'instance' (the recorded "
            "router's choice is read from it): map it from your log, or choose another router");
  const Trace three = trace_with("instance", {"a", "b", "c"});
  EXPECT_NE(problem(three, 2, 0).find("names 3 values in column 'instance' (the cluster has 2"),
            std::string::npos);
  EXPECT_NE(problem(three, 8, 8).find("no column 'prefill_instance'"), std::string::npos);
  EXPECT_NE(problem(trace_with("prefill_instance", {"a"}), 1, 1).find("'decode_instance'"),
            std::string::npos);
  EXPECT_NE(problem(trace_with("decode_instance", {"a"}), 1, 0).find("of a split cluster"),
            std::string::npos);
  EXPECT_NE(problem(trace_with("instance", {"-", ""}), 1, 0).find("is empty"), std::string::npos);
}

}  // namespace
}  // namespace pigou
