// BurstGPT CSV: Timestamp,[Session ID,Elapsed time,]Model,Request tokens,Response tokens,
// Total tokens,Log Type.
#include "io/csv_reader.hpp"
#include "trace/format.hpp"
#include "trace/parse/named_csv.hpp"
#include "trace/parse/text_writers.hpp"

namespace pigou {
namespace {

enum Column : std::size_t { kTime, kInput, kOutput, kModel, kKind, kSession, kElapsed };
constexpr CsvColumn kColumns[] = {
    {.name = "Timestamp"},
    {.name = "Request tokens"},
    {.name = "Response tokens"},
    {.name = "Model", .required = false},
    {.name = "Log Type", .required = false},
    {.name = "Session ID", .required = false},
    {.name = "Elapsed time", .required = false},
};

/// Whole or decimal seconds; empty: not recorded.
SimTime elapsed(const NamedCsv& csv) {
  if (csv.field(kElapsed).empty()) return SimTime{-1};
  SimTime time;
  if (!stamp_difference(csv.seconds(kElapsed), {}, time))
    reject_time(csv.place(), "Elapsed time", quote_field(csv.field(kElapsed)),
                "a time below 53 days in seconds");
  return time;
}

Trace read_burstgpt(const std::string& path, const ReadOptions& options) {
  NamedCsv csv(path, "burstgpt", kColumns);
  OpenLoopBuilder builder("burstgpt", 0);
  std::vector<std::pair<Column, LabelWords>> labels;
  const auto label = [&](Column column, const char* name) {
    if (csv.has(column)) labels.emplace_back(column, LabelWords(builder.trace(), name));
  };
  label(kModel, "model");
  label(kKind, "kind");
  label(kSession, "session");
  read_rows(csv, builder, options, [&] {
    const TimeStamp time = csv.seconds(kTime);
    const std::uint32_t input = csv.tokens(kInput);
    const std::uint32_t output = csv.tokens(kOutput);
    const SimTime took = elapsed(csv);
    builder.add_row(time, input, output);
    if (csv.has(kElapsed)) builder.trace().recorded_service.push_back(took);
    for (auto& [column, words] : labels) words.add(csv.field(column));
  });
  return builder.finish(path, options);
}

}  // namespace

TraceFormat burstgpt_format() {
  return {
      .name = "burstgpt",
      .sentence = "BurstGPT CSV: seconds, lengths, models, sessions where recorded",
      .fits =
          [](const FileSample& file) {
            return file.first_line_has("Timestamp") && file.first_line_has("Request tokens") &&
                   file.first_line_has("Response tokens");
          },
      .read = read_burstgpt,
      .write = write_burstgpt,
      .holds = {.arrival_step = {1}, .recorded_e2e = true, .labels = {"model", "kind", "session"}}};
}

}  // namespace pigou
