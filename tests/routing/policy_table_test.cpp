// The one table of policies: what a user sees of each is complete and can be found by name.
#include <gtest/gtest.h>

#include <set>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

std::string message(std::string_view name) {
  try {
    find_policy(name);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(PolicyTable, NamesAreUniqueAndEveryColumnIsFilled) {
  std::set<std::string_view> names;
  for (const PolicyInfo& info : policy_table()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.summary.empty()) << info.name;
    EXPECT_FALSE(info.evidence.empty()) << info.name;
    EXPECT_FALSE(info.signals.empty()) << info.name;
    EXPECT_NE(info.make, nullptr) << info.name;
  }
}

TEST(PolicyTable, EveryParameterHasAUnitASentenceAndADefaultInItsRange) {
  for (const PolicyInfo& info : policy_table()) {
    std::set<std::string_view> names;
    for (const Parameter& p : info.parameters) {
      const std::string where = std::string(info.name) + "." + std::string(p.name);
      EXPECT_TRUE(names.insert(p.name).second) << where;
      EXPECT_FALSE(p.unit.empty()) << where;
      EXPECT_GT(p.sentence.size(), 10U) << where;
      EXPECT_LE(p.min, p.fallback) << where;
      EXPECT_LE(p.fallback, p.max) << where;
      EXPECT_EQ(p.type == ParameterType::kChoice, !p.choices.empty()) << where;
      if (p.type == ParameterType::kChoice) {
        EXPECT_EQ(p.max, static_cast<double>(p.choices.size()) - 1) << where;
      }
      EXPECT_EQ(parse_value(info.name, p, format_value(p, p.fallback)), p.fallback) << where;
    }
  }
}

TEST(PolicyTable, ADefaultPolicyAnswersAnArrivalOnBothKindsOfCluster) {
  for (const PolicyInfo& info : policy_table()) {
    for (const std::uint32_t decodes : {0U, 3U}) {
      FakeView view(4, decodes);
      const auto policy = policy_for(view, info.name);
      const Action action = answer(*policy, view);
      EXPECT_LT(action.instance, 4U) << info.name;
      const bool pair = decodes > 0 && info.decode_stage == DecodeStage::kWithPrefill;
      EXPECT_EQ(action.kind, pair ? ActionKind::kPlacePair : ActionKind::kPlace) << info.name;
      EXPECT_EQ(answer(*policy->clone(), view, 5).kind, action.kind) << info.name;
    }
  }
}

TEST(PolicyTable, APolicyIsFoundWithAndWithoutItsTag) {
  EXPECT_EQ(find_policy("smg-bucket@73da68c").name, "smg-bucket@73da68c");
  EXPECT_EQ(find_policy("smg-bucket").name, "smg-bucket@73da68c");
  EXPECT_NE(message("dualmap").find("dualmap@2602.06502"), std::string::npos) << "three versions";
  EXPECT_EQ(find_policy("random").name, "random");
}

TEST(PolicyTable, ANameOfSeveralVersionsMustSayWhich) {
  EXPECT_EQ(find_policy("dynamo-kv@2026-08").name, "dynamo-kv@2026-08");
  EXPECT_EQ(find_policy("dynamo-kv@2025-08").name, "dynamo-kv@2025-08");
  EXPECT_NE(message("dynamo-kv").find("ambiguous"), std::string::npos) << message("dynamo-kv");
  for (const char* const version : {"@2602.06502", "@asisys-code", "@smg"})
    EXPECT_NE(message("dualmap").find(version), std::string::npos) << message("dualmap");
}

TEST(PolicyTable, AnUnknownNameIsAnsweredWithTheNearest) {
  EXPECT_NE(message("round-robbin").find("round-robin"), std::string::npos)
      << message("round-robbin");
  EXPECT_NE(message("dynamo-kv@2025-01").find("dynamo-kv@2025-08"), std::string::npos);
  EXPECT_NE(message("least-outstandin").find("least-outstanding"), std::string::npos);
}

TEST(PolicyTable, AParameterOutOfItsRangeIsAnsweredWithTheRange) {
  FakeView view(2);
  const auto text = [&](const std::string& setting) {
    try {
      policy_for(view, "dynamo-kv@2026-08", {setting});
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(text("temperature=-1").find("0 to 1000"), std::string::npos) << text("temperature=-1");
  EXPECT_NE(text("temperatur=1").find("temperature"), std::string::npos);
  EXPECT_NE(text("assume_kv_reuse=maybe").find("true or false"), std::string::npos);
}

}  // namespace
}  // namespace pigou
