// What the parts of `pigou trace` share, one file each: trace_command.cpp lists them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/options.hpp"
#include "io/output_file.hpp"
#include "trace/reader.hpp"

namespace pigou {

/// One part of `pigou trace`.
struct TracePart {
  std::string name;
  /// `arguments` stand after the part's name; what it writes appears by `output`.
  int (*run)(const std::vector<std::string>& arguments, Publication& output);
  std::string (*help)();  ///< ends with a line end
};

TracePart trace_info_part();
TracePart trace_synth_part();
TracePart trace_convert_part();
TracePart trace_hash_part();

/// Parses `arguments` with words that stand without a dash; words_of() returns those.
po::variables_map parse_trace_options(const std::vector<std::string>& arguments,
                                      const po::options_description& visible);
std::vector<std::string> words_of(const po::variables_map& values);

/// --format, --map, --lenient.
po::options_description trace_reading_options();
/// What those ask for.
ReadOptions trace_read_options(const po::variables_map& values);

/// -o; output_file() throws UserError when it is missing or cannot be written to.
po::options_description trace_output_options(const char* title);
std::string trace_output_file(const po::variables_map& values);

/// "key=value" in two; throws UserError.
std::pair<std::string, std::string> key_value(const std::string& text);

}  // namespace pigou
