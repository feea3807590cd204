// Parameters, times and the sentences a user reads when one is wrong.
#include "core/parameter.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/time.hpp"

namespace pigou {
namespace {

const std::vector<Parameter> kDeclared = {
    {"temperature", ParameterType::kReal, "1", 0, 0, 10, "Spread of the choice."},
    {"window", ParameterType::kInteger, "requests", 8, 1, 64, "Requests decided together."},
    {"sticky", ParameterType::kFlag, "1", 1, 0, 1, "Keep sessions where they are."},
    {"order", ParameterType::kChoice, "1", 0, 0, 1, "Order of the queue.", {"fcfs", "wspt"}},
};

double parse(std::size_t i, const char* text) { return parse_value("test", kDeclared[i], text); }

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Parameter, every_type_is_read_and_written_as_a_user_would) {
  EXPECT_EQ(parse(0, "0.5"), 0.5);
  EXPECT_EQ(parse(1, "64"), 64);
  EXPECT_EQ(parse(2, "false"), 0);
  EXPECT_EQ(parse(3, "wspt"), 1);
  EXPECT_EQ(format_value(kDeclared[0], 0.1), "0.1");
  EXPECT_EQ(format_value(kDeclared[2], 1), "true");
  EXPECT_EQ(format_value(kDeclared[3], 1), "wspt");
  EXPECT_EQ(default_values(kDeclared), (ParameterValues{0, 8, 1, 0}));
}

TEST(Parameter, a_bad_value_is_answered_with_name_reason_and_range) {
  for (const auto& [index, text] : std::vector<std::pair<std::size_t, const char*>>{{0, "11"},
                                                                                    {0, "nan"},
                                                                                    {0, ""},
                                                                                    {0, "1x"},
                                                                                    {1, "0"},
                                                                                    {1, "2.5"},
                                                                                    {1, "-1"},
                                                                                    {2, "maybe"},
                                                                                    {3, "lifo"}}) {
    const std::string message = error_of([&, i = index, t = text] { parse(i, t); });
    EXPECT_NE(message.find(kDeclared[index].name), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
  EXPECT_EQ(error_of([] { parse(1, "65"); }),
            "test.window cannot be '65' (Requests decided together.): use 1 to 64 requests");
}

TEST(Parameter, an_unknown_name_is_answered_with_the_nearest) {
  const auto message = error_of([] { parameter_index("test", kDeclared, "temprature"); });
  EXPECT_NE(message.find("did you mean 'temperature'?"), std::string::npos) << message;
  EXPECT_EQ(parameter_index("test", kDeclared, "order"), 3u);
}

TEST(SimTime, seconds_round_to_picoseconds_and_absurd_ones_are_errors) {
  EXPECT_EQ(from_seconds(1.5, "x").ps, 1'500'000'000'000);
  EXPECT_EQ(from_seconds(1e-12, "x").ps, 1);
  EXPECT_EQ(to_seconds({2 * kPsPerSecond}), 2.0);
  for (const double absurd : {1e30, -1e30, 0.0 / 0.0})
    EXPECT_NE(error_of([&] { from_seconds(absurd, "the horizon"); }).find("the horizon"),
              std::string::npos);
  EXPECT_NE(error_of([] { checked_add(kLongest, {1}, "the end"); }).find("the end"),
            std::string::npos);
}

}  // namespace
}  // namespace pigou
