// pigou trace: look into a trace before replaying it.
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"

namespace pigou {

int trace_command(const Invocation&) { throw UserError("trace is not linked yet", "x", "y"); }
std::string trace_help() { return ""; }

}  // namespace pigou
