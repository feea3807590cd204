// What policies say of the labels they use is what their settings do.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

TEST(LabelSettings, DoesEverySettingThatIsAdvisedMakeItsRouterUseTheLabel) {
  std::size_t tried = 0;
  for (const PolicyInfo& info : policy_table()) {
    for (const LabelSetting& advice : info.label_settings) {
      if (advice.setting.ends_with("=FILE")) continue;  // policy classes: dynamo_classes_test
      const std::string name(info.name);
      FakeView view(2);
      EXPECT_FALSE(policy_for(view, name)->needs().labels.has(advice.label))
          << name << " uses it anyway: " << label_name(advice.label);
      EXPECT_TRUE(policy_for(view, name, split(advice.setting))->needs().labels.has(advice.label))
          << name << " " << advice.setting;
      ++tried;
    }
  }
  EXPECT_GE(tried, 15U);
}

}  // namespace
}  // namespace pigou
