// pigou trace info.
#pragma once

#include <string>

#include "trace/reader.hpp"

namespace pigou {

/// The text `pigou trace info` prints about a file, or about the traces in a folder.
std::string trace_info(const std::string& path, const ReadOptions& options, bool json);

}  // namespace pigou
