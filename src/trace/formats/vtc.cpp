// Tenant traces of the VTC artifact as CSV: arrival_s,client,input_tokens,output_tokens.
#include "io/csv_reader.hpp"
#include "trace/format.hpp"
#include "trace/parse/named_csv.hpp"
#include "trace/parse/text_writers.hpp"

namespace pigou {
namespace {

enum Column : std::size_t { kTime, kClient, kInput, kOutput };
constexpr CsvColumn kColumns[] = {
    {.name = "arrival_s"}, {.name = "client"}, {.name = "input_tokens"}, {.name = "output_tokens"}};

Trace read_vtc(const std::string& path, const ReadOptions& options) {
  NamedCsv csv(path, "vtc", kColumns);
  OpenLoopBuilder builder("vtc", 0);
  LabelWords tenants(builder.trace(), "tenant");
  read_rows(csv, builder, options, [&] {
    const TimeStamp time = csv.seconds(kTime);
    const std::uint32_t input = csv.tokens(kInput);
    const std::uint32_t output = csv.tokens(kOutput);
    if (csv.field(kClient).empty())
      reject_row(csv.place(), "field 'client' is empty", "the name of a tenant is expected");
    builder.add_row(time, input, output);
    tenants.add(csv.field(kClient));
  });
  return builder.finish(path, options);
}

}  // namespace

TraceFormat vtc_format() {
  return {.name = "vtc",
          .sentence = "CSV with a tenant per request, as the VTC artifact's trace",
          .fits =
              [](const FileSample& file) {
                return file.first_line_has("arrival_s") && file.first_line_has("client") &&
                       file.first_line_has("input_tokens") && file.first_line_has("output_tokens");
              },
          .read = read_vtc,
          .write = write_vtc,
          .holds = {.arrival_step = {1}, .labels = {"tenant"}}};
}

}  // namespace pigou
