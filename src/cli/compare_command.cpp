#include "cli/command.hpp"
#include "core/error.hpp"
namespace pigou {
int compare_command(const Invocation&) { throw UserError("compare", "x", "y"); }
std::string compare_help() { return ""; }
}  // namespace pigou
