#include "output/text/label_notes.hpp"

#include <algorithm>
#include <functional>

#include "output/text/numbers.hpp"
#include "routing/policy_table.hpp"

namespace pigou {
namespace {

/// "router.key=session"; empty: no setting of the router uses the label.
std::string setting_for(const std::string& router, std::string_view label) {
  const auto& settings = find_policy(router).label_settings;
  const auto found = std::ranges::find_if(
      settings, [&](const LabelSetting& s) { return label_name(s.label) == label; });
  if (found == settings.end()) return "";
  std::string text = "router.";
  for (const char c : found->setting)
    text += c == ',' ? std::string(", router.") : std::string(1, c);
  return text;
}

/// "a", "a and b", "a, b and c"
std::string listed(const std::vector<std::string>& words, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
  return text;
}

/// " by a or b (b would with router.key=session)"
std::string unused_by(const std::vector<RouterUse>& routers, const std::vector<bool>& unused,
                      std::string_view label) {
  std::vector<std::string> names, would;
  for (std::size_t r = 0; r < routers.size(); ++r) {
    if (!unused[r]) continue;
    names.push_back(routers[r].label);
    const std::string setting = setting_for(routers[r].router, label);
    const std::string who = routers.size() == 1 ? "it" : routers[r].label;
    if (!setting.empty()) would.push_back(who + " would with " + setting);
  }
  const bool nobody = routers.size() > 1 && names.size() == routers.size();
  std::string text = " by " + (nobody ? "any router" : listed(names, " or "));
  if (!would.empty()) text += " (" + listed(would, ", ") + ")";
  return text;
}

// std::vector<bool> is written through iterators that the ranges do not know in C++20.
void note_labels(const std::vector<RouterUse>& routers, std::vector<std::string>& notes) {
  std::vector<std::string> labels;
  for (const RouterUse& router : routers)
    for (const std::string& label : router.unused.labels)
      if (std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
  for (const std::string& label : labels) {
    std::vector<bool> unused(routers.size());
    std::transform(routers.begin(), routers.end(), unused.begin(), [&](const RouterUse& router) {
      return std::ranges::find(router.unused.labels, label) != router.unused.labels.end();
    });
    notes.push_back("label " + label + " of the trace is not used" +
                    unused_by(routers, unused, label));
  }
}

/// Sessions that no label names are worth a word only where a setting would use them.
void note_sessions(const std::vector<RouterUse>& routers, std::vector<std::string>& notes) {
  const std::string_view label = label_name(RequestLabel::kSession);
  std::vector<bool> unused(routers.size());
  std::transform(routers.begin(), routers.end(), unused.begin(), [&](const RouterUse& router) {
    return router.unused.sessions && !setting_for(router.router, label).empty();
  });
  if (std::ranges::find(unused, true) == unused.end()) return;
  notes.push_back("sessions of the trace are not used" + unused_by(routers, unused, label));
}

}  // namespace

std::vector<std::string> label_notes(const std::vector<RouterUse>& routers) {
  std::vector<std::string> notes;
  note_labels(routers, notes);
  note_sessions(routers, notes);
  std::uint32_t replicas = 1;
  std::uint64_t models = 1;
  for (const RouterUse& router : routers) {
    replicas = std::max(replicas, router.unused.session_replicas);
    models = std::max(models, router.unused.models);
  }
  if (replicas > 1)
    notes.push_back("a session may come to any of " + grouped(replicas) +
                    " router replicas (gateway.replica_choice=session keeps it at one)");
  if (models > 1) notes.push_back(grouped(models) + " models (label model) served as one");
  return notes;
}

}  // namespace pigou
