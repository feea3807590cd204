// pigou explain: why the router did what it did with one request.
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "output/explain/words.hpp"

namespace pigou {
namespace {

po::options_description visible_options() {
  po::options_description options("Explain");
  options.add_options()  //
      ("request,r", po::value<Count>()->value_name("N"),
       "number of the request in arrival order, as in /result/requests/request")  //
      ("json", po::bool_switch(), "print one JSON document instead of words");
  return options;
}

}  // namespace

int explain_command(const Invocation& invocation) {
  po::options_description hidden;
  hidden.add_options()("file", po::value<std::string>());
  po::positional_options_description positional;
  positional.add("file", 1);
  const auto values =
      parse_options("explain", invocation.arguments, visible_options(), positional, hidden);
  if (values.count("file") == 0)
    throw UserError("no result file given", "explain reads one", "try pigou help explain");
  if (values.count("request") == 0)
    throw UserError("no request given", "explain tells of one", "add --request N");
  const Explanation explanation =
      read_explanation(values["file"].as<std::string>(), values["request"].as<Count>().value);
  print(values["json"].as<bool>() ? explanation_json(explanation) : explanation_text(explanation));
  return kExitOk;
}

std::string explain_help() {
  return "usage: pigou explain FILE.h5 --request N [--json]\n\n"
         "Says in words who was considered for a request, each cost, what the router believed and\n"
         "what was true, and why it chose as it did. FILE.h5 is of pigou run --decisions -o.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
