#include "routing/policy_table.hpp"

#include "core/error.hpp"
#include "routing/policy.hpp"

namespace pigou {

// One line per policy: its file defines it, this table lists it.
PolicyInfo round_robin_policy();
PolicyInfo random_policy();
PolicyInfo least_outstanding_policy();
PolicyInfo least_kv_policy();
PolicyInfo min_ttft_policy();
PolicyInfo dynamo_kv_policy();
PolicyInfo dualmap_policy();

std::span<const PolicyInfo> policy_table() {
  static const std::vector<PolicyInfo> table = {
      round_robin_policy(), random_policy(),    least_outstanding_policy(), least_kv_policy(),
      min_ttft_policy(),    dynamo_kv_policy(), dualmap_policy(),
  };
  return table;
}

const PolicyInfo& find_policy(std::string_view name) {
  const PolicyInfo* by_stem = nullptr;
  std::vector<std::string> names;
  for (const PolicyInfo& info : policy_table()) {
    if (info.name == name) return info;
    names.emplace_back(info.name);
    if (info.name.substr(0, info.name.find('@')) != name) continue;
    if (by_stem != nullptr) {
      throw UserError("router '" + std::string(name) + "' is ambiguous",
                      "several versions are known",
                      "use " + std::string(by_stem->name) + " or " + std::string(info.name));
    }
    by_stem = &info;
  }
  if (by_stem != nullptr) return *by_stem;
  throw UserError("unknown router '" + std::string(name) + "'", "see pigou list routers",
                  suggest_name(name, names));
}

std::unique_ptr<Policy> make_policy(const PolicyInfo& info, const ParameterValues& values,
                                    const PolicyLayout& layout) {
  require(values.size() == info.parameters.size(), "a policy gets one value per parameter");
  return info.make(values, layout);
}

std::uint32_t least_loaded_decode(const RouterView& view, std::uint64_t draw) {
  return view.entry_count() + view.least_decode_blocks(draw);
}

}  // namespace pigou
