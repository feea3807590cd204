// One record per trace format; see format_table.cpp for the list.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "trace/reader.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// The beginning of a file, or a folder, for telling formats apart.
struct FileSample {
  std::string path;
  bool folder = false;
  std::string_view text;        ///< up to 16 KiB, decompressed, from the first non-blank byte
  std::string_view first_line;  ///< of `text`, without its end

  bool contains(std::string_view word) const { return text.find(word) != std::string_view::npos; }
  bool first_line_has(std::string_view word) const {
    return first_line.find(word) != std::string_view::npos;
  }
};

/// A format: how it is told, read and written. Each lives in its own file.
struct TraceFormat {
  std::string_view name;      ///< as in --format
  std::string_view sentence;  ///< what it is, for help
  bool (*fits)(const FileSample&) = nullptr;
  Trace (*read)(const std::string& path, const ReadOptions&) = nullptr;
  /// Writes what the format can hold; nullptr: only read. Throws UserError naming what the format
  /// must have and the trace has not. `path` appears only when complete.
  void (*write)(const Trace&, const std::string& path) = nullptr;
  /// What writing it loses, for the line that convert prints; empty: nothing.
  std::string (*lost)(const Trace&) = nullptr;
  std::string_view suffix = {};  ///< of files to write, ".jsonl"; several formats may share one
};

/// All formats, in the order in which they are tried on a file; `generic` is last.
std::span<const TraceFormat> trace_format_table();
/// Throws UserError naming the nearest.
const TraceFormat& find_trace_format(std::string_view name);

}  // namespace pigou
