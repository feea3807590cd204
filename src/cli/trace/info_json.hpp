#pragma once

#include <nlohmann/json.hpp>

#include "trace/formats/servegen/requests.hpp"
#include "trace/statistics/file_facts.hpp"
#include "trace/statistics/overview.hpp"

namespace pigou {

/// What `pigou trace info --json` says about one trace; docs/commands/trace.md names the fields.
nlohmann::ordered_json info_json(const std::string& path, const FileFacts& file,
                                 const TraceStatistics& statistics);
nlohmann::ordered_json info_json(const std::string& path, const FileFacts& file,
                                 const ServeGenFacts& facts);

}  // namespace pigou
