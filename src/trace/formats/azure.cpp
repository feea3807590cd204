// Azure LLM inference CSV, 2023 and 2024: TIMESTAMP,ContextTokens,GeneratedTokens.
#include "core/error.hpp"
#include "io/csv_reader.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/parse/open_loop.hpp"
#include "trace/parse/text_writers.hpp"
#include "trace/reader.hpp"

namespace pigou {
namespace {

constexpr std::string_view kHeader = "TIMESTAMP,ContextTokens,GeneratedTokens";

void add_row(OpenLoopBuilder& builder, const RowPlace& place, std::string_view line) {
  std::string_view fields[3];
  const std::size_t count = split_csv_plain(line, fields);
  if (count != 3)
    reject_row(place, "the row has " + std::to_string(count) + " fields",
               "3 are expected: " + std::string(kHeader));
  TimeStamp stamp;
  if (!stamp_from_calendar(fields[0], stamp))
    reject_time(place, "TIMESTAMP", quote_field(fields[0]),
                "a time such as 2023-11-16 18:15:46.6805900 or 2024-05-10 00:00:00.009930+00:00");
  std::uint64_t input = 0, output = 0;
  if (!parse_whole(fields[1], input) || input > kMaxTokens)
    reject_tokens(place, "ContextTokens", quote_field(fields[1]));
  if (!parse_whole(fields[2], output) || output > kMaxTokens)
    reject_tokens(place, "GeneratedTokens", quote_field(fields[2]));
  builder.add_row(stamp, static_cast<std::uint32_t>(input), static_cast<std::uint32_t>(output));
}

}  // namespace

Trace read_azure(const std::string& path, const ReadOptions& options) {
  LineReader lines(path);
  std::string_view line;
  if (!lines.next(line) || line != kHeader)
    reject_row({path, 1}, "the header is " + quote_field(line),
               "an Azure trace begins with " + std::string(kHeader));
  OpenLoopBuilder builder("azure", 0);
  builder.times_are_calendar();
  while (lines.next(line)) {
    if (line.empty()) continue;
    try {
      add_row(builder, {path, lines.line_number()}, line);
    } catch (const UserError&) {
      if (!options.lenient) throw;
      builder.count_skipped();
    }
  }
  return builder.finish(path, options);
}

TraceFormat azure_format() {
  return {.name = "azure",
          .sentence = "Azure LLM inference CSV: calendar times and lengths",
          .fits = [](const FileSample& file) { return file.first_line == kHeader; },
          .read = read_azure,
          .write = write_azure,
          .holds = {.arrival_step = {100'000}, .calendar_start = true}};
}

}  // namespace pigou
