// The program's subcommands: one file each, one table of contents.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_file.hpp"

namespace pigou {

enum ExitCode : int { kExitOk = 0, kExitInternal = 1, kExitUser = 2, kExitInterrupted = 130 };

/// One call of a subcommand.
struct Invocation {
  std::vector<std::string> command_line;  ///< whole, for manifests
  std::vector<std::string> arguments;     ///< after the subcommand's name
  std::chrono::steady_clock::time_point process_start;
  /// Files the command has written: they get their names once it has returned and printed all.
  Publication* output = nullptr;

  double process_seconds() const {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - process_start).count();
  }
};

/// A row of the table. `run` prints results on stdout and throws UserError; `help` is the text of
/// `pigou help NAME`.
struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const Invocation&);
  std::string (*help)();
};

std::span<const Command> commands();

/// The whole program but for `main`: dispatch, errors to one line, exit codes.
int run_program(int argc, const char* const* argv);

int run_command(const Invocation& invocation);
std::string run_help();
int compare_command(const Invocation& invocation);
std::string compare_help();
int sweep_command(const Invocation& invocation);
std::string sweep_help();
int follow_command(const Invocation& invocation);
std::string follow_help();
int capacity_command(const Invocation& invocation);
std::string capacity_help();
int knee_command(const Invocation& invocation);
std::string knee_help();
int poa_command(const Invocation& invocation);
std::string poa_help();
int explain_command(const Invocation& invocation);
std::string explain_help();
int trace_command(const Invocation& invocation);
std::string trace_help();
int list_command(const Invocation& invocation);
std::string list_help();
int help_command(const Invocation& invocation);
std::string help_help();

/// Writes to stdout at once; throws UserError when the other end cannot take it.
void print(std::string_view text);

}  // namespace pigou
