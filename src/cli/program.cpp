// Dispatch, and the one place where errors become a line and an exit code.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "core/error.hpp"
#include "core/stop.hpp"
#include "core/version.hpp"

namespace pigou {
namespace {

constexpr Command kCommands[] = {
    {"run", "replay one scenario and print what its users saw", run_command, run_help},
    {"compare", "replay one scenario under several routers and say which did better",
     compare_command, compare_help},
    {"sweep", "replay a grid of settings with several seeds each, resumable", sweep_command,
     sweep_help},
    {"follow", "run the cluster while another process routes", follow_command, follow_help},
    {"capacity", "find the highest load at which routers keep a promise", capacity_command,
     capacity_help},
    {"knee", "find the loads from which routers cost twice as much and fall behind", knee_command,
     knee_help},
    {"poa", "price a router: its cost over a bound, over the best known, in window games",
     poa_command, poa_help},
    {"explain", "say why the router placed a request where it did", explain_command, explain_help},
    {"trace", "look into, make and convert traces", trace_command, trace_help},
    {"list", "list routers, GPUs, models and scenario keys", list_command, list_help},
    {"help", "explain a command or the scenario file", help_command, help_help},
};

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& command : commands()) {
    if (command.name == name) return command;
    names.emplace_back(command.name);
  }
  names.emplace_back("--version");
  throw UserError("unknown command '" + name + "'", "not one of pigou's",
                  suggest_name(name, names));
}

int dispatch(Invocation& invocation) {
  auto& line = invocation.command_line;
  if (line.size() < 2)
    throw UserError("no command given", "pigou does one thing at a time", "try pigou help");
  const std::string& name = line[1];
  if (name == "--version") {
    if (line.size() > 2)
      throw UserError("--version takes no arguments", "'" + line[2] + "' is one", "remove it");
    const BuildFacts facts = build_facts();
    print("pigou " + std::string(facts.version) + " (" + std::string(facts.revision) + ", " +
          std::string(facts.compiler) + ", " + std::string(facts.build_type) + ", CUDA " +
          std::string(facts.cuda) + ")\n");
    return kExitOk;
  }
  invocation.arguments.assign(line.begin() + 2, line.end());
  if (name == "--help" || name == "-h") return help_command(invocation);
  for (const auto& argument : invocation.arguments) {
    if (argument == "--") break;
    if (argument != "--help" && argument != "-h") continue;
    print(find_command(name).help());
    return kExitOk;
  }
  return find_command(name).run(invocation);
}

/// Messages quote user input; whatever it holds, an error stays one readable line.
int fail(ExitCode code, std::string message) {
  for (char& c : message)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  std::fprintf(stderr, "pigou: %s\n", message.c_str());
  return code;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

void print(std::string_view text) {
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0)
    throw UserError("cannot write to stdout", std::strerror(errno == 0 ? EIO : errno),
                    "check where it goes");
}

int run_program(int argc, const char* const* argv) {
  Invocation invocation;
  invocation.process_start = std::chrono::steady_clock::now();
  invocation.command_line.assign(argv, argv + argc);
  prepare_streams();
  Publication output;
  invocation.output = &output;
  try {
    const int code = dispatch(invocation);
    // Last of all: what ends otherwise leaves nothing.
    if (code == kExitOk) output.publish();
    return code;
  } catch (const UserError& error) {
    return fail(kExitUser, error.what());
  } catch (const Interrupted&) {
    return fail(kExitInterrupted, "stopped (interrupted): nothing was written");
  } catch (const std::bad_alloc&) {
    return fail(kExitUser,
                "out of memory (the input needs more than this machine has): "
                "lower repeat, overlay or synth.requests, or set output.requests to sample");
  } catch (const std::exception& error) {
    return fail(kExitInternal, std::string("internal error (") + error.what() +
                                   "): please report it with this command line");
  }
}

}  // namespace pigou
