// Length pairs as Vidur keeps them: num_prefill_tokens,num_decode_tokens and no times.
#include "trace/format.hpp"
#include "trace/parse/named_csv.hpp"
#include "trace/parse/text_writers.hpp"

namespace pigou {
namespace {

enum Column : std::size_t { kInput, kOutput };
constexpr CsvColumn kColumns[] = {{.name = "num_prefill_tokens"}, {.name = "num_decode_tokens"}};

Trace read_vidur(const std::string& path, const ReadOptions& options) {
  NamedCsv csv(path, "vidur", kColumns);
  OpenLoopBuilder builder("vidur", 0);
  builder.trace().timeless = true;
  read_rows(csv, builder, options, [&] {
    const std::uint32_t input = csv.tokens(kInput);
    const std::uint32_t output = csv.tokens(kOutput);
    builder.add_row({}, input, output);
  });
  return builder.finish(path, options);
}

}  // namespace

TraceFormat vidur_format() {
  return {.name = "vidur",
          .sentence = "CSV of prompt and answer lengths without times, as Vidur's",
          .fits =
              [](const FileSample& file) {
                return file.first_line_has("num_prefill_tokens") &&
                       file.first_line_has("num_decode_tokens");
              },
          .read = read_vidur,
          .write = write_vidur,
          .holds = {}};
}

}  // namespace pigou
