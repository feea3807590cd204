// Is YAML read as serde_yaml reads it, and refused with its place where it is broken?
#include "io/yaml.hpp"

#include <gtest/gtest.h>

#include <array>

#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 1> kWords = {"name"};

Json parsed(const std::string& text) { return parse_yaml(text, "f.yaml", kWords); }

std::string error_of(const std::string& text) {
  try {
    parsed(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Yaml, PlainScalarsHaveTheTypesOfTheCoreSchema) {
  EXPECT_EQ(parsed("[1, -2, +3, 0x10, 0o17, 007, 18446744073709551615]"),
            Json::parse("[1, -2, 3, 16, 15, 7, 18446744073709551615]"));
  EXPECT_EQ(parsed("[1.5, -1e3, .5, 2., 1e400]"),
            Json::parse(R"([1.5, -1000.0, 0.5, 2.0, "1e400"])"));
  EXPECT_EQ(parsed("[true, False, ~, null, '', yes, 1_000, .inf, 1-2]"),
            Json::parse(R"([true, false, null, null, "", "yes", "1_000", ".inf", "1-2"])"));
  EXPECT_TRUE(parsed("[16.0]")[0].is_number_float());
}

TEST(Yaml, QuotesTagsAndWordsMakeTexts) {
  EXPECT_EQ(parsed("a: '1'\nb: \"true\"\nc: !!str 7\nname: 12\n"),
            Json::parse(R"({"a": "1", "b": "true", "c": "7", "name": "12"})"));
  EXPECT_EQ(parsed("name: ~"), Json::parse(R"({"name": null})"));
}

TEST(Yaml, BlocksFlowsCommentsAndAliases) {
  EXPECT_EQ(parsed("# said\na: &x {b: [1, 2]}\nc: *x\nd:\n  - e: 1\n    f: 2\n"),
            Json::parse(R"({"a": {"b": [1, 2]}, "c": {"b": [1, 2]}, "d": [{"e": 1, "f": 2}]})"));
  EXPECT_EQ(parsed("a: {b: 1}\nc: {<<: 2}\n")["c"].begin().key(), "<<") << "a key like others";
  EXPECT_EQ(parsed(R"({"json": [1, {"is": "YAML"}]})")["json"][1]["is"], "YAML");
}

TEST(Yaml, WhatCanBeginNoValueIsRefusedAndEndsSoon) {
  for (const char* text : {",", ", a: 1", "]", "}", "a: 1\n,", "- ,\n- ]", ",\n---\n,", "# c\n,,,"})
    EXPECT_NE(error_of(text), "no error") << text;
  for (const char* part : {"[", "{", "- ", "? ", "a: [", "&a [", "!t ["}) {
    std::string deep;
    for (int level = 0; level < 20000; ++level) deep += part;
    EXPECT_NE(error_of(deep), "no error") << part;
  }
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int n = 1; n < 30; ++n)
    bomb += "a" + std::to_string(n) + ": &a" + std::to_string(n) + " [*a" + std::to_string(n - 1) +
            ", *a" + std::to_string(n - 1) + "]\n";
  EXPECT_NE(error_of(bomb).find("too deep or too large"), std::string::npos) << error_of(bomb);
}

TEST(Yaml, WhatIsBrokenIsNamedWithItsPlace) {
  EXPECT_NE(error_of("a: 1\nb: [1\n").find("f.yaml is not valid YAML (line 3"), std::string::npos)
      << error_of("a: 1\nb: [1\n");
  EXPECT_NE(error_of("a: 1\na: 2\n").find("line 2, column 1"), std::string::npos);
  EXPECT_NE(error_of("a: 1\na: 2\n").find("'a' twice"), std::string::npos);
  EXPECT_NE(error_of("a: !!binary xx\n").find("tag"), std::string::npos);
  EXPECT_NE(error_of("[a]: 1\n").find("key that is no word"), std::string::npos);
  EXPECT_NE(error_of("a: 1\n---\nb: 2\n").find("more than one YAML document"), std::string::npos);
  EXPECT_NE(error_of("").find("no YAML document"), std::string::npos);
  EXPECT_NE(error_of("a: *nobody\n").find("not valid YAML"), std::string::npos);
  EXPECT_NE(error_of(std::string(40, '[') + std::string(40, ']')).find("too deep"),
            std::string::npos);
  std::string laughs = "a: &a [1,1,1,1,1,1,1,1,1,1]\n";
  for (char c = 'b'; c <= 'h'; ++c) {
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i)
      laughs += (i == 0 ? "*" : ",*") + std::string(1, static_cast<char>(c - 1));
    laughs += "]\n";
  }
  EXPECT_NE(error_of(laughs).find("too large"), std::string::npos);
}

}  // namespace
}  // namespace pigou
