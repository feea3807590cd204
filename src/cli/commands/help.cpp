// pigou help: the table of commands, one command, or the scenario file.
#include "cli/command.hpp"
#include "core/error.hpp"
#include "output/text/table.hpp"
#include "scenario/keys.hpp"

namespace pigou {
namespace {

std::string overview() {
  using Side = TableColumn::Side;
  TextTable table({{"", "", Side::kLeft}, {"", "", Side::kLeft}});
  for (const auto& command : commands())
    table.row({"  " + std::string(command.name), std::string(command.summary)});
  return "usage: pigou COMMAND [arguments]\n\ncommands:\n" + table.text() +
         "\n`pigou help COMMAND` explains one, `pigou help scenario` the scenario file,\n"
         "`pigou --version` says what was built.\n";
}

std::string scenario_text() {
  std::string text =
      "A scenario is one JSON file; // and /* */ comments are allowed, unknown keys are errors.\n"
      "--set PATH=VALUE reaches every key; pools go by name (cluster.pools.prefill.count=4).\n\n";
  for (const auto& key : scenario_keys()) {
    text.append(key.path).append("  [").append(range_text(key)).append("]");
    if (!key.fallback.empty()) text.append("  default ").append(key.fallback);
    text.append("\n    ").append(key.sentence).append("\n");
    if (!key.not_built.empty())
      text.append("    Other values: ").append(key.not_built).append(".\n");
  }
  return text;
}

}  // namespace

int help_command(const Invocation& invocation) {
  if (invocation.arguments.empty()) {
    print(overview());
    return kExitOk;
  }
  const std::string& topic = invocation.arguments.front();
  if (invocation.arguments.size() > 1)
    throw UserError("help takes one topic", "'" + invocation.arguments[1] + "' is a second",
                    "try pigou help " + topic);
  std::vector<std::string> topics = {"scenario"};
  for (const auto& command : commands()) {
    topics.emplace_back(command.name);
    if (command.name != topic) continue;
    print(command.help());
    return kExitOk;
  }
  if (topic != "scenario")
    throw UserError("no help on '" + topic + "'", "it is not a command",
                    suggest_name(topic, topics));
  print(scenario_text());
  return kExitOk;
}

std::string help_help() { return "usage: pigou help [COMMAND | scenario]\n"; }

}  // namespace pigou
