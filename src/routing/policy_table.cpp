#include "routing/policy_table.hpp"

#include "core/error.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {

// Declares every policy's function, then lists what they return. An out-of-tree folder
// (-DPIGOU_POLICY_DIR) brings a generated list of its own.
#define PIGOU_POLICY(function) PolicyInfo function();
#include "routing/policies.inc"
#ifdef PIGOU_POLICY_DIR_LIST
#include PIGOU_POLICY_DIR_LIST
#endif
#undef PIGOU_POLICY

std::span<const PolicyInfo> policy_table() {
#define PIGOU_POLICY(function) function(),
  static const std::vector<PolicyInfo> table = {
#include "routing/policies.inc"
#ifdef PIGOU_POLICY_DIR_LIST
#include PIGOU_POLICY_DIR_LIST
#endif
  };
#undef PIGOU_POLICY
  return table;
}

std::string_view misfit(const PolicyInfo& info, bool split) {
  if (split && info.demands.aggregated) return "it needs instances that prefill and decode";
  if (!split && info.demands.split) return "it needs prefill and decode instances";
  return {};
}

const PolicyInfo& find_policy(std::string_view name) {
  std::vector<const PolicyInfo*> versions;
  std::vector<std::string> names;
  for (const PolicyInfo& info : policy_table()) {
    if (info.name == name) return info;
    names.emplace_back(info.name);
    if (info.name.substr(0, info.name.find('@')) == name) versions.push_back(&info);
  }
  if (versions.size() == 1) return *versions.front();
  if (versions.empty())
    throw UserError("unknown router '" + std::string(name) + "'", "see pigou list routers",
                    suggest_name(name, names));
  std::string choices;
  for (const PolicyInfo* version : versions)
    choices.append(choices.empty() ? "use " : " or ").append(version->name);
  throw UserError("router '" + std::string(name) + "' is ambiguous", "several versions are known",
                  choices);
}

std::unique_ptr<Policy> make_policy(const PolicyInfo& info, const ParameterValues& values,
                                    const PolicyLayout& layout) {
  require(values.size() == info.parameters.size(), "a policy gets one value per parameter");
  auto policy = info.make(values, layout);
  check_declared(info.name, *policy);
  return policy;
}

void Policy::set(std::size_t, double) {
  require(false, "a policy whose parameters are live can set them");
}

void check_declared(std::string_view name, const Policy& policy) {
  const Declaration declared = policy.declares();
  const bool indexed = policy.needs().prefix_index;
  const auto check = [&](const std::optional<DeclaredRule>& rule, bool overlap) {
    if (!rule) return;
    for (const ColumnRead* read : rule->reads) {
      const ColumnRead& plain = words_of(read->column);
      if (read != &plain) continue;  // in the policy's own words: it brings it
      const bool own = read->column == Column::kOwnCounts || read->column == Column::kOwnValues;
      if (!own && (overlap || read->column != Column::kOverlapBlocks)) continue;
      throw UserError("router '" + std::string(name) + "' cannot be built",
                      "its rule reads " + std::string(plain.name) + ", and nobody keeps it",
                      own ? "say in ScoredRule::words what the policy puts there"
                          : "ask for it with ViewNeeds::prefix_index");
    }
  };
  check(declared.entry, indexed);
  check(declared.decode, true);  // decode instances always have columns, of zeros where not kept
}

InstanceId least_loaded_decode(RouterView& view, std::uint64_t draw) {
  const std::uint32_t chosen = view.least_decode_blocks(draw);
  if (view.note() != nullptr) {
    const FleetSide side = decode_side(view);
    note_scan(view, side, LeastBlocksCost{}, PoolRow{}, view.request().row,
              LeastBlocksCost{}.reads());
    note_rule(view, "fewest active blocks");
  }
  return InstanceId{view.entry_count() + chosen};
}

}  // namespace pigou
