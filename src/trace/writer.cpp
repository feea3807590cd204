#include "trace/writer.hpp"

#include "core/error.hpp"
#include "trace/format.hpp"

namespace pigou {

void write_trace(const Trace& trace, const std::string& path, const std::string& format) {
  std::string_view name = path;
  if (name.ends_with(".gz")) name.remove_suffix(3);
  std::string known;
  for (const TraceFormat& entry : trace_format_table()) {
    if (entry.write == nullptr) continue;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
    if (format.empty() ? name.ends_with(entry.suffix) : entry.name == format)
      return entry.write(trace, path);
  }
  throw UserError(format.empty() ? "'" + path + "' does not say its format"
                                 : "format '" + format + "' cannot be written",
                  "these can be: " + known, "name one of them with --to");
}

}  // namespace pigou
