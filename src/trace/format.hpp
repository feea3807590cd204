// One record per trace format; see format_table.cpp for the list.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_file.hpp"
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

/// What comes back when a file that this format wrote is read again: names, order and values, as
/// `tests/trace/formats/convert_test.cpp` checks for every pair of formats. Lengths are held by
/// all.
struct HeldColumns {
  SimTime arrival_step = {};       ///< times come back rounded down to this; 0: no times
  bool blocks = false;             ///< block ids
  std::uint32_t block_tokens = 0;  ///< blocks of this many tokens only; 0: of any
  bool closed_loop = false;        ///< lanes, sessions and think times
  bool previous_turn = false;
  bool recorded_e2e = false;
  bool recorded_ttft = false;
  bool recorded_cached_tokens = false;
  std::vector<std::string_view> labels = {};  ///< by name; "*": all
  bool calendar_start = false;
  bool reading = false;  ///< what the first reader counted and what it was called
};

/// A format: how it is told, read and written. Each lives in its own file.
struct TraceFormat {
  std::string_view name;      ///< as in --format
  std::string_view sentence;  ///< what it is, for help
  bool (*fits)(const FileSample&) = nullptr;
  Trace (*read)(const std::string& path, const ReadOptions&) = nullptr;
  /// Writes what the format can hold; nullptr: only read. Without `holds.closed_loop` it is given
  /// open-loop traces only. Throws UserError naming what the format must have and the trace has
  /// not. The file appears only when complete.
  void (*write)(const Trace&, const OutputTarget& target) = nullptr;
  std::string_view suffix = {};  ///< of files that are written in it unless told otherwise, ".h5"
  HeldColumns holds = {};        ///< when it can be written
};

/// All formats, in the order in which they are tried on a file; `generic` is last.
std::span<const TraceFormat> trace_format_table();
/// Throws UserError naming the nearest.
const TraceFormat& find_trace_format(std::string_view name);

}  // namespace pigou
