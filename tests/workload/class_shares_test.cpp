// Are policy classes drawn by conversation, by their shares and by the seed alone?
#include "workload/class_shares.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/error.hpp"

namespace pigou {
namespace {

Trace rows(std::size_t count) {
  Trace trace;
  trace.input_tokens.assign(count, 16);
  trace.output_tokens.assign(count, 1);
  return trace;
}

TEST(ClassShares, AreReadStrictly) {
  const auto shares = parse_class_shares("batch:0.25,a.b-c:0.5");
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[1].name, "a.b-c");
  EXPECT_EQ(shares[0].share, 0.25);
  EXPECT_TRUE(parse_class_shares("").empty());
  for (const char* wrong : {"batch", ":0.5", "a:x", "a:0", "a:-1", "a:nan", "a:0.5,a:0.5",
                            "a:0.6,b:0.6", "a:0.5,", "a:1.5"})
    EXPECT_THROW(parse_class_shares(wrong), UserError) << wrong;
}

TEST(ClassShares, AreThoseOfConversations) {
  constexpr std::uint32_t kConversations = 4000;
  Trace trace = rows(2 * kConversations);
  std::vector<std::uint32_t> conversation;
  for (std::uint32_t row = 0; row < trace.rows(); ++row) conversation.push_back(row / 2);
  Trace other = trace;
  const auto shares = parse_class_shares("batch:0.25,urgent:0.5");
  draw_policy_classes(trace, conversation, shares, 7);
  draw_policy_classes(other, conversation, shares, 8);
  const LabelColumn& label = *trace.label("policy_class");
  std::array<int, 3> drawn{};
  for (std::uint32_t row = 0; row < trace.rows(); row += 2) {
    EXPECT_EQ(label.code[row], label.code[row + 1]) << "turns of one conversation";
    ++drawn[std::min(2U, label.code[row])];
  }
  EXPECT_EQ(label.values, (std::vector<std::string>{"batch", "urgent"}));
  EXPECT_NEAR(drawn[0], 1000, 3.3 * 27.4) << "binomial, p = 0.001";
  EXPECT_NEAR(drawn[1], 2000, 3.3 * 31.6);
  EXPECT_NE(label.code, other.label("policy_class")->code) << "another seed";
}

TEST(ClassShares, ATraceThatHasClassesKeepsThem) {
  Trace trace = rows(1);
  draw_policy_classes(trace, {0}, {}, 1);
  EXPECT_EQ(trace.label("policy_class"), nullptr) << "no shares, no label";
  trace.add_label("policy_class").code = {kNoIndex};
  EXPECT_THROW(draw_policy_classes(trace, {0}, parse_class_shares("a:1"), 1), UserError);
}

}  // namespace
}  // namespace pigou
