// Which trace or traces a path names: a file, a folder that is one trace, a folder that holds some.
#pragma once

#include <string>
#include <vector>

#include "trace/reader.hpp"

namespace pigou {

struct TracePlace {
  std::string path;
  std::string format;
};

/// The traces at `path`. A folder that no format takes as a whole is looked into, one level deep:
/// documents (.md, .txt, .tsv, hidden files, LICENSE) are passed over, other files that are no
/// trace are named in `strangers`. Throws UserError when there is none, or when the file is none.
std::vector<TracePlace> find_traces(const std::string& path, const ReadOptions& options,
                                    std::vector<std::string>& strangers);

/// The one trace at `path`. Throws UserError when it is a folder of several.
TracePlace find_trace(const std::string& path, const ReadOptions& options);

}  // namespace pigou
