#include "trace/reader.hpp"

#include "core/error.hpp"
#include "trace/folder.hpp"
#include "trace/format.hpp"

namespace pigou {

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
