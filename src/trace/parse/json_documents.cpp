#include "trace/parse/json_documents.hpp"

#include "core/error.hpp"
#include "io/text_file.hpp"

namespace pigou {
namespace {

void read_one(JsonParser& parser, const RowPlace& place, std::string_view text,
              const ReadOptions& options, const JsonRows& rows, const char* expected) {
  try {
    JsonElement document;
    const char* fault = nullptr;
    if (!parser.parse(text, document, fault))
      reject_row(place, std::string("broken JSON, ") + fault, expected);
    rows.row(place, document);
  } catch (const UserError&) {
    if (!options.lenient) throw;
    rows.skip();
  }
}

bool closes_itself(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  const std::size_t end = line.find_last_not_of(" \t");
  if (begin == std::string_view::npos || begin == end) return false;
  return (line[begin] == '{' && line[end] == '}') || (line[begin] == '[' && line[end] == ']');
}

}  // namespace

void read_json_lines(const std::string& path, const ReadOptions& options, const JsonRows& rows,
                     const char* expected) {
  LineReader lines(path);
  JsonParser parser;
  for (std::string_view line; lines.next(line);) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    read_one(parser, {path, lines.line_number()}, line, options, rows, expected);
  }
}

void read_json_documents(const std::string& path, const ReadOptions& options, const JsonRows& rows,
                         const char* expected) {
  {
    LineReader lines(path);
    std::string_view line;
    while (lines.next(line) && line.find_first_not_of(" \t") == std::string_view::npos) {
    }
    if (closes_itself(line)) return read_json_lines(path, options, rows, expected);
  }
  std::vector<char> buffer;
  JsonParser parser;
  const std::string_view text = read_whole_file(path, buffer);
  read_one(parser, {path, 1, "document"}, text, options, rows, expected);
}

}  // namespace pigou
