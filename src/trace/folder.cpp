#include "trace/folder.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"

namespace pigou {
namespace {

constexpr std::size_t kHead = 16384;
constexpr std::size_t kNamesShown = 4;

/// The first format that takes the file or folder, or nullptr.
const TraceFormat* sniff(const std::string& path) {
  FileSample sample{.path = path, .folder = is_folder(path), .text = {}, .first_line = {}};
  const std::string head = sample.folder ? std::string() : read_file_head(path, kHead);
  std::string_view text = head;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  sample.text = text;
  sample.first_line = text.substr(0, text.find('\n'));
  if (sample.first_line.ends_with('\r')) sample.first_line.remove_suffix(1);
  for (const TraceFormat& format : trace_format_table())
    if (format.fits(sample)) return &format;
  return nullptr;
}

[[noreturn]] void reject_unknown(const std::string& path) {
  std::string names;
  for (const std::string& name : trace_formats()) names += (names.empty() ? "" : ", ") + name;
  throw UserError("'" + path + "' is not a trace format Pigou knows",
                  (is_folder(path) ? "what lies in it fits none of " : "it fits none of ") + names,
                  "name the format, or map the columns of a CSV or JSONL file for generic");
}

bool is_document(const std::string& name) {
  for (const char* const ending : {".md", ".txt", ".tsv", ".md5", ".sha256"})
    if (name.ends_with(ending)) return true;
  return name.starts_with('.') || name.starts_with("LICENSE");
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> paths;
  const std::string prefix = folder.ends_with('/') ? folder : folder + "/";
  for (const std::string& name : list_files(folder, ""))
    if (!is_document(name)) paths.push_back(prefix + name);
  return paths;
}

/// With a format or a mapping given there is nothing to find out but which file is meant.
TracePlace place_of_given(const std::string& path, const std::string& format) {
  const TraceFormat& record = find_trace_format(format);
  if (!is_folder(path)) return {path, format};
  if (record.fits({.path = path, .folder = true, .text = {}, .first_line = {}}))
    return {path, format};
  const std::vector<std::string> files = files_in(path);
  return {files.size() == 1 ? files.front() : path, format};
}

}  // namespace

std::string detect_format(const std::string& path, const ReadOptions& options) {
  if (!options.mapping.empty()) return "generic";
  const TraceFormat* const format = sniff(path);
  if (format == nullptr) reject_unknown(path);
  return std::string(format->name);
}

std::vector<TracePlace> find_traces(const std::string& path, const ReadOptions& options,
                                    std::vector<std::string>& strangers) {
  if (!options.format.empty()) return {place_of_given(path, options.format)};
  if (!options.mapping.empty()) return {place_of_given(path, "generic")};
  if (const TraceFormat* const format = sniff(path)) return {{path, std::string(format->name)}};
  std::vector<TracePlace> places;
  if (is_folder(path)) {
    for (const std::string& file : files_in(path)) {
      const TraceFormat* format = nullptr;
      try {
        format = sniff(file);
      } catch (const UserError&) {  // empty, or broken gzip: no trace, and the others still are
      }
      if (format != nullptr)
        places.push_back({file, std::string(format->name)});
      else
        strangers.push_back(file);
    }
  }
  if (places.empty()) reject_unknown(path);
  return places;
}

TracePlace find_trace(const std::string& path, const ReadOptions& options) {
  std::vector<std::string> strangers;
  std::vector<TracePlace> places = find_traces(path, options, strangers);
  if (places.size() == 1) return std::move(places.front());
  std::string names;
  for (std::size_t i = 0; i < std::min(places.size(), kNamesShown); ++i)
    names += (i == 0 ? "" : ", ") + places[i].path;
  if (places.size() > kNamesShown) names += ", ...";
  throw UserError("'" + path + "' holds " + std::to_string(places.size()) + " traces", names,
                  "name one of them");
}

}  // namespace pigou
