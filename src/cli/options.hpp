// Boost.Program_options with the traps closed: no guessed names, no negative counts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/program_options.hpp>

#include "scenario/scenario.hpp"

namespace pigou {

namespace po = boost::program_options;

/// A whole number from 0 to 2^53 - 1; "-1", "1e3" and "7x" are errors.
struct Count {
  std::uint64_t value = 0;
};
void validate(boost::any& result, const std::vector<std::string>& texts, Count*, int);

/// Parses `arguments`; `positional` names what may stand without a dash, in order. Throws UserError
/// that ends in "try pigou help COMMAND".
po::variables_map parse_options(const std::string& command,
                                const std::vector<std::string>& arguments,
                                const po::options_description& visible,
                                const po::positional_options_description& positional,
                                const po::options_description& hidden = po::options_description());

/// The same for a command whose one positional argument is a scenario, which has to be there.
po::variables_map parse_scenario_command(
    const std::string& command, const std::vector<std::string>& arguments,
    const po::options_description& visible,
    const po::options_description& hidden = po::options_description());

/// Options that shape a scenario, spelt alike in every command that takes one.
po::options_description scenario_options();

/// Whether --load names several loads, which `scenario_request` leaves to the command.
bool lists_loads(const po::variables_map& values);

/// What the user asked for; `router` is left to the command.
ScenarioRequest scenario_request(const po::variables_map& values);

/// A count option from 1 to `most`, or `fallback`. Throws UserError.
std::uint64_t count_option(const po::variables_map& values, const char* name,
                           std::uint64_t fallback, std::uint64_t most);

/// What --router was given, in order. Empty without one.
std::vector<std::string> router_options(const po::variables_map& values);

/// The same with `all` written out: every policy of the table that can serve the scenario's
/// cluster and needs no record of the trace.
std::vector<std::string> routers_to_run(const po::variables_map& values);
/// Says on stderr whom `all` leaves out, and why: once the input is known to be sound, since a
/// mistake is told in one line.
void say_who_is_left_out(const po::variables_map& values);

/// Seeds per setting a command accepts at most.
inline constexpr std::uint64_t kMostSeeds = 10000;

/// The file after -o, checked for being a possible result file; empty without -o.
std::string result_file_option(const po::variables_map& values);

/// Throws UserError if the result file or its manifest would take the place of an input of
/// `scenario`. Without a file nothing can.
void refuse_inputs_of(const Scenario& scenario, const std::string& file);

/// Throws UserError unless `count` seeds from `first` on are seeds.
void check_seeds(std::uint64_t first, std::uint64_t count);

/// The text of an options_description.
std::string options_text(const po::options_description& options);

}  // namespace pigou
