#include "trace/reader.hpp"

#include <charconv>

#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/time_stamp.hpp"
#include "trace/trace_folder.hpp"

namespace pigou {

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

Trace read_trace(const std::string& path, const ReadOptions& options) {
  const TracePlace place = find_trace(path, options);
  if (place.format != "servegen" && options.draw != DrawOptions{})
    throw UserError("read options seed, rate_scale, clients and max_clients do not fit",
                    "'" + path + "' is " + place.format + ", which records requests and draws none",
                    "leave them out");
  Trace trace = find_trace_format(place.format).read(place.path, options);
  if (trace.closed_loop() && options.windowed())
    throw UserError("read option window_s does not fit", "sessions have no common clock",
                    "use workload.head or workload.thin");
  return trace;
}

}  // namespace pigou
