// Mooncake JSONL: {"timestamp": ms, "input_length": n, "output_length": n, "hash_ids": [...]}.
#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/json_fields.hpp"
#include "trace/reader.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kBlockTokens = 512;

void add_row(OpenLoopBuilder& builder, const RowPlace& place, const JsonElement& document) {
  JsonElement time, input, output, ids;
  unsigned found = 0;
  for (const auto field : row_object(place, document)) {
    if (field.key == "timestamp")
      time = field.value, found |= 1;
    else if (field.key == "input_length")
      input = field.value, found |= 2;
    else if (field.key == "output_length")
      output = field.value, found |= 4;
    else if (field.key == "hash_ids")
      ids = field.value, found |= 8;
  }
  if (!(found & 1)) reject_missing(place, "timestamp");
  if (!(found & 2)) reject_missing(place, "input_length");
  if (!(found & 4)) reject_missing(place, "output_length");
  if (!(found & 8)) reject_missing(place, "hash_ids");
  const TimeStamp stamp = time_value(place, "timestamp", time, TimeUnit::kMillisecond);
  const std::uint32_t input_tokens = token_value(place, "input_length", input);
  const std::uint32_t output_tokens = token_value(place, "output_length", output);
  for (const JsonElement id : id_array(place, "hash_ids", ids)) {
    std::uint64_t raw = 0;
    if (id.get(raw) != simdjson::SUCCESS) reject_id(place, "hash_ids", id);
    builder.add_block(raw);
  }
  check_block_count(place, "hash_ids", builder.open_blocks(), input_tokens, kBlockTokens);
  builder.add_row(stamp, input_tokens, output_tokens);
}

}  // namespace

Trace read_mooncake(const std::string& path, const ReadOptions& options) {
  LineReader lines(path);
  OpenLoopBuilder builder("mooncake", kBlockTokens);
  builder.reserve(lines.file().size_hint() / 400, lines.file().size_hint() / 8);
  JsonParser parser;
  std::string_view line;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const RowPlace place{path, lines.line_number()};
    try {
      JsonElement document;
      const char* fault = nullptr;
      if (!parser.parse(line, document, fault))
        reject_row(place, std::string("broken JSON, ") + fault,
                   "one JSON object per line is expected");
      add_row(builder, place, document);
    } catch (const UserError&) {
      if (!options.lenient) throw;
      builder.drop_open_row();
      builder.count_skipped();
    }
  }
  return builder.finish(path, options);
}

TraceFormat mooncake_format() {
  return {.name = "mooncake",
          .sentence = "Mooncake JSONL: times, lengths and 512-token block ids",
          .fits =
              [](const FileSample& file) {
                return file.text.starts_with('{') && file.first_line_has("\"timestamp\"") &&
                       file.first_line_has("\"input_length\"");
              },
          .read = read_mooncake,
          .write = write_mooncake,
          .suffix = ".jsonl"};
}

}  // namespace pigou
