// What `pigou knee` and `pigou poa` ask alike: a cost, loads, and where the document goes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "game/social_cost.hpp"
#include "io/output_file.hpp"
#include "output/run/result_file.hpp"

namespace pigou {

/// --cost, or what is usual for the cluster. Throws UserError.
SocialCost cost_option(const po::variables_map& values, const ClusterConfig& cluster);

/// What --load lists (lists_loads), rising; `suggestion` is what a user reads whose list is none.
std::vector<double> listed_loads(const po::variables_map& values, const std::string& suggestion);

/// The file after -o, FILE.json or a result file, checked for being possible; empty without -o.
std::string document_file_option(const po::variables_map& values);

/// Writes `file`: `json`'s text, or what `write_hdf5` writes and commits, with a manifest beside
/// it.
void write_document(const Invocation& invocation, const std::string& file, const Scenario& scenario,
                    ManifestFacts facts, const std::function<std::string()>& json,
                    const std::function<void(const OutputTarget&)>& write_hdf5);

}  // namespace pigou
