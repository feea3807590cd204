// The JSON documents of a file, one after the other.
#pragma once

#include <functional>
#include <string>

#include "trace/parse/json_fields.hpp"
#include "trace/reader.hpp"

namespace pigou {

/// What becomes of each document. What `row` throws ends the reading, or under --lenient ends in
/// `skip`, as does a line that is no JSON.
struct JsonRows {
  std::function<void(const RowPlace&, const JsonElement&)> row;
  std::function<void()> skip;
};

/// One document per line; blank lines are passed over. `expected` completes the error of a line
/// that is no JSON: "one JSON object per line is expected".
void read_json_lines(const std::string& path, const ReadOptions& options, const JsonRows& rows,
                     const char* expected);

/// One document laid out over the whole file, or one per line: the first line tells, which in the
/// latter case is closed by the bracket it opens with.
void read_json_documents(const std::string& path, const ReadOptions& options, const JsonRows& rows,
                         const char* expected);

}  // namespace pigou
