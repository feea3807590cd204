#include "study/vary.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pigou {
namespace {

/// The values of a one-key axis, joined by blanks.
std::string values_of(const std::string& text) {
  std::string all;
  for (const auto& position : parse_axis(text).values)
    all += (all.empty() ? "" : " ") + position.at(0);
  return all;
}

/// The message of the error `text` is answered with; empty if it is none.
std::string fault_of(const std::string& text) {
  try {
    grid_points({parse_axis(text)});
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Axis, IsAListOfValues) {
  EXPECT_EQ(values_of("router.temperature=0,0.2,0.8"), "0 0.2 0.8");
  EXPECT_EQ(values_of("router.name=dynamo-kv,min-ttft"), "dynamo-kv min-ttft");
  EXPECT_EQ(parse_axis("a=1").keys, std::vector<std::string>{"a"});
}

TEST(Axis, IsARangeWithBothEnds) {
  EXPECT_EQ(values_of("workload.overlay=1:8"), "1 2 3 4 5 6 7 8");
  EXPECT_EQ(values_of("k=1:8:3"), "1 4 7");
  EXPECT_EQ(values_of("k=0:1:0.1"), "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1")
      << "sums of 0.1 are rounded to what a reader would write";
  EXPECT_EQ(values_of("k=3:1:-1"), "3 2 1");
  EXPECT_EQ(values_of("k=5:5"), "5");
  EXPECT_EQ(values_of("k=1:3,10,20:40:10"), "1 2 3 10 20 30 40");
}

TEST(Axis, MovesKeysTogetherWhenTheyAreZipped) {
  const Axis axis = parse_axis("a,b=1:4,2:8");
  EXPECT_EQ(axis.keys, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(axis.values, (std::vector<std::vector<std::string>>{{"1", "4"}, {"2", "8"}}));
  const Axis routers = parse_axis("router.name,workload.overlay=dynamo-kv:1,min-ttft:2");
  EXPECT_EQ(routers.values[1], (std::vector<std::string>{"min-ttft", "2"}));
}

TEST(Axis, KeepsQuotedAndBracketedValuesTogether) {
  EXPECT_EQ(values_of("router=\"dynamo-kv:temperature=0.5,prefill_load_scale=2\",random"),
            "dynamo-kv:temperature=0.5,prefill_load_scale=2 random");
  EXPECT_EQ(values_of("workload.window_s=[0,600],[600,1200]"), "[0,600] [600,1200]");
  EXPECT_EQ(values_of("workload.synth.input=lognormal:900:0.7,512"), "lognormal:900:0.7 512");
}

TEST(Axis, IsRefusedInOneLineThatSaysWhy) {
  const std::pair<const char*, const char*> wrong[] = {
      {"overlay", "no '='"},
      {"=1,2", "key is missing"},
      {"a=", "list of values is empty"},
      {"a=1,,2", "a value is missing"},
      {"a=1:x", "'1:x' is not FIRST:LAST"},
      {"a=1:2:3:4", "is not FIRST:LAST"},
      {"a=0.5:2", "does not say its step"},
      {"a=8:1", "no step leads from 8 to 1"},
      {"a=1:8:0", "no step leads"},
      {"a=1:8:-1", "no step leads"},
      {"a=0:1:1e-9", "more than a million values"},
      {"a,b=1:2,3", "'3' does not have 2 values"},
      {"a,b=1:,2:3", "a value is missing"},
      {"a=\"x", "quote is not closed"},
      {"a=[1,2", "bracket is not closed"},
      {"seed=1:5", "--seeds"},
      {"a,a=1:2", "gives a twice"},
      {"router,router.name=random:random", "twice"},
  };
  for (const auto& [text, words] : wrong)
    EXPECT_NE(fault_of(text).find(words), std::string::npos) << text << ": " << fault_of(text);
  EXPECT_EQ(fault_of("a=1:1000000"), "");
}

TEST(Grid, CountsAndRefusesMoreThanAMillionPoints) {
  const Axis thousand = parse_axis("a=1:1000"), other = parse_axis("b=1:1000");
  EXPECT_EQ(grid_points({thousand, other}), 1'000'000u);
  EXPECT_THROW(grid_points({thousand, other, parse_axis("c=1,2")}), UserError);
  EXPECT_EQ(grid_points({}), 1u);
}

TEST(Grid, MovesTheLastAxisFastest) {
  const std::vector<Axis> axes = {parse_axis("a=1,2"), parse_axis("b,c=x:1,y:2,z:3")};
  ASSERT_EQ(grid_points(axes), 6u);
  const auto settings = grid_settings(axes, 4);
  ASSERT_EQ(settings.size(), 3u);
  EXPECT_EQ(settings[0].key + "=" + settings[0].value, "a=2");
  EXPECT_EQ(settings[1].key + "=" + settings[1].value, "b=y");
  EXPECT_EQ(settings[2].key + "=" + settings[2].value, "c=2");
}

}  // namespace
}  // namespace pigou
