// What does a misspelt name get for an answer?
#include "core/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pigou {
namespace {

TEST(UserError, is_one_whole_line_whatever_the_input_holds) {
  using namespace std::string_literals;
  const UserError error("field 'x' is '\0\n'"s, "no\ttime", "give \x7f one");
  EXPECT_STREQ(error.what(), R"(field 'x' is '\x00\x0a' (no\x09time): give \x7f one)");
}

TEST(SuggestName, names_the_one_that_was_nearly_written) {
  EXPECT_EQ(suggest_name("quene_depth", {"queue_depth", "picker"}), "did you mean 'queue_depth'?");
  EXPECT_EQ(suggest_name("dynamo", {"random", "dynamo-kv@2026-08"}),
            "did you mean 'dynamo-kv@2026-08'?");
}

TEST(SuggestName, lists_a_few_when_none_is_near) {
  EXPECT_EQ(suggest_name("tpu", {"h100", "a100", "b200"}), "use one of h100, a100, b200");
  EXPECT_EQ(suggest_name("a", {"pd", "slo"}), "use one of pd, slo") << "no letter in common";
}

TEST(SuggestName, names_the_nearest_of_very_many_those_with_words_in_common_first) {
  std::vector<std::string> names;
  for (int n = 0; n < 40; ++n) names.push_back("scrape_x" + std::to_string(n) + "_rate");
  names.push_back("snapshot_delay_s");
  EXPECT_TRUE(suggest_name("gauge_delay_s", names)
                  .starts_with("the nearest of 41 are snapshot_delay_s, scrape_x"));
}

}  // namespace
}  // namespace pigou
