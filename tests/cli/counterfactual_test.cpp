// What shadows of pigou follow are told.
#include "cli/counterfactual.hpp"

#include <gtest/gtest.h>

namespace pigou {
namespace {

CounterfactualRouter shadow_of(
    std::string_view name, const std::vector<std::pair<std::string_view, std::string_view>>& set) {
  const PolicyInfo& info = find_policy(name);
  RouterConfig router;
  router.name = info.name;
  router.values = default_values(info.parameters);
  for (const auto& [key, text] : set) {
    const std::size_t p = parameter_index(name, info.parameters, key);
    router.values[p] = parse_value(name, info.parameters[p], text);
  }
  PolicyLayout layout;
  layout.entry_count = 4;
  return CounterfactualRouter(router, layout);
}

TEST(Shadows, DoesOneViewTellAllOfThemWhatClientsSaid) {
  std::vector<CounterfactualRouter> shadows;
  shadows.push_back(shadow_of("dynamo-kv@2026-08", {{"router_config_override", "true"}}));
  shadows.push_back(shadow_of(
      "llm-d-epp",
      {{"flow_control", "true"}, {"lora_affinity_weight", "1"}, {"session_affinity_weight", "1"}}));
  const ViewNeeds all = union_of_needs(shadows);
  for (const RequestLabel label :
       {RequestLabel::kTemperature, RequestLabel::kPriority, RequestLabel::kSession})
    EXPECT_TRUE(all.labels.has(label)) << label_name(label);
  EXPECT_FALSE(all.labels.has(RequestLabel::kTenant));
  EXPECT_TRUE(all.labels.hints());
  EXPECT_TRUE(all.adapter_gauges);
}

}  // namespace
}  // namespace pigou
