#include "trace/reader.hpp"

#include <charconv>

#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/time_stamp.hpp"

namespace pigou {
namespace {

constexpr std::size_t kHead = 16384;

}  // namespace

void set_mapping(ColumnMapping& mapping, const std::string& key, const std::string& value) {
  static const std::vector<std::string> keys = {"arrival", "input_tokens", "output_tokens",
                                                "hash_ids", "block_tokens"};
  if (key == "arrival") {
    const std::size_t colon = value.rfind(':');
    mapping.arrival = value.substr(0, colon);
    mapping.arrival_unit = colon == std::string::npos ? "s" : value.substr(colon + 1);
    TimeUnit unit{};
    if (mapping.arrival_unit != "time" && !parse_time_unit(mapping.arrival_unit, unit))
      throw UserError("unknown time unit '" + mapping.arrival_unit + "'",
                      "arrival is mapped as column:unit", "use s, ms, us, ns or time");
  } else if (key == "input_tokens") {
    mapping.input_tokens = value;
  } else if (key == "output_tokens") {
    mapping.output_tokens = value;
  } else if (key == "hash_ids") {
    mapping.hash_ids = value;
  } else if (key == "block_tokens") {
    std::uint32_t tokens = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), tokens);
    if (code != std::errc{} || end != value.data() + value.size() || tokens == 0 ||
        tokens > 1'000'000)
      throw UserError("block_tokens cannot be '" + value + "'", "it is a whole number of tokens",
                      "use 1 to 1,000,000, such as 512");
    mapping.block_tokens = tokens;
  } else {
    throw UserError("unknown column mapping '" + key + "'", "not a field of a trace",
                    suggest_name(key, keys));
  }
}

std::string detect_format(const std::string& path, const ReadOptions& options) {
  if (!options.mapping.empty()) return "generic";
  FileSample sample{.path = path, .folder = is_folder(path), .text = {}, .first_line = {}};
  const std::string head = sample.folder ? std::string() : read_file_head(path, kHead);
  const std::size_t start = head.find_first_not_of(" \t\r\n");
  sample.text = std::string_view(head).substr(start == std::string::npos ? head.size() : start);
  sample.first_line = sample.text.substr(0, sample.text.find('\n'));
  if (sample.first_line.ends_with('\r')) sample.first_line.remove_suffix(1);
  for (const TraceFormat& format : trace_format_table())
    if (format.fits(sample)) return std::string(format.name);
  std::string names;
  for (const std::string& name : trace_formats()) names += (names.empty() ? "" : ", ") + name;
  throw UserError(
      "'" + path + "' is not a trace format Pigou knows",
      (sample.folder ? "what lies in it fits none of " : "its beginning fits none of ") + names,
      "name the format, or map the columns of a CSV or JSONL file for generic");
}

Trace read_trace(const std::string& path, const ReadOptions& options) {
  const std::string format = options.format.empty() ? detect_format(path, options) : options.format;
  return find_trace_format(format).read(path, options);
}

}  // namespace pigou
