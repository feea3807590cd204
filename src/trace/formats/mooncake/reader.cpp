// Mooncake JSONL: {"timestamp": ms, "input_length": n, "output_length": n, "hash_ids": [...]}.
#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/formats/mooncake/line.hpp"
#include "trace/parse/json_fields.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/named_csv.hpp"
#include "trace/reader.hpp"
#include "trace/writer.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kBlockTokens = 512;

/// What Dynamo's replay reads of a line besides, and the labels it becomes.
constexpr std::array<const char*, 4> kHints = {"priority", "strict_priority", "policy_class",
                                               "session_id"};
constexpr std::array<const char*, 4> kHintLabels = {"priority", "strict_priority", "policy_class",
                                                    "session"};

struct Hints {
  bool said = false;
  std::array<std::string, kHints.size()> words;  ///< empty: not said
};

struct Row {
  TimeStamp time;
  std::uint32_t input_tokens = 0;
  std::uint32_t output_tokens = 0;
};

std::string hint_value(const RowPlace& place, std::string_view field, const JsonElement& value) {
  std::int64_t number = 0;
  const bool session = field == "session_id";
  if (field == "policy_class" || (session && value.is_string()))
    return std::string(word_value(place, field, value));
  if (value.get(number) != simdjson::SUCCESS)
    reject_row(place, "field '" + std::string(field) + "' is " + describe_json(value),
               "a whole number is expected");
  return std::to_string(number);
}

/// Takes a field that is none of the four every row has.
void take_hint(const RowPlace& place, std::string_view field, const JsonElement& value,
               Hints& hints) {
  for (std::size_t h = 0; h < kHints.size(); ++h) {
    if (field != kHints[h] || value.is_null()) continue;
    hints.words[h] = hint_value(place, field, value);
    hints.said = true;
  }
}

/// The row by the checked parser, ids into `line`. Rejects what is no row.
Row checked_row(const RowPlace& place, const JsonElement& document, MooncakeLine& line,
                Hints& hints) {
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
    else
      take_hint(place, field.key, field.value, hints);
  }
  if (!(found & 1)) reject_missing(place, "timestamp");
  if (!(found & 2)) reject_missing(place, "input_length");
  if (!(found & 4)) reject_missing(place, "output_length");
  if (!(found & 8)) reject_missing(place, "hash_ids");
  Row row;
  row.time = time_value(place, "timestamp", time, TimeUnit::kMillisecond);
  row.input_tokens = token_value(place, "input_length", input);
  row.output_tokens = token_value(place, "output_length", output);
  line.count = 0;
  for (const JsonElement id : id_array(place, "hash_ids", ids)) {
    if (line.count == line.buffer.size()) line.buffer.resize(line.count * 2 + 16);
    line.buffer[line.count++] = id_value(place, "hash_ids", id);
  }
  return row;
}

class LineParser {
 public:
  /// The row, ids into `ids()`. Rejects what is no row.
  Row parse(const RowPlace& place, std::string_view text) {
    Row row;
    if (hints_.said) hints_ = {};
    if (scan_mooncake_line(text, line_) && line_.input_length <= kMaxTokens &&
        line_.output_length <= kMaxTokens && line_.timestamp_ms <= kLatest_ms &&
        stamp_from_integer(static_cast<std::int64_t>(line_.timestamp_ms), TimeUnit::kMillisecond,
                           row.time)) [[likely]] {
      row.input_tokens = static_cast<std::uint32_t>(line_.input_length);
      row.output_tokens = static_cast<std::uint32_t>(line_.output_length);
      return row;
    }
    JsonElement document;
    const char* fault = nullptr;
    if (!parser_.parse(text, document, fault))
      reject_row(place, std::string("broken JSON, ") + fault,
                 "one JSON object per line is expected");
    return checked_row(place, document, line_, hints_);
  }
  std::span<const std::uint64_t> ids() const { return line_.hash_ids(); }
  const Hints& hints() const { return hints_; }

 private:
  static constexpr std::uint64_t kLatest_ms = kMaxStampSeconds * 1000;

  JsonParser parser_;
  MooncakeLine line_;
  Hints hints_;
};

/// The labels; none are there before the first row that says something.
class HintLabels {
 public:
  /// Those of the row just added.
  void add(Trace& trace, const Hints& hints) {
    if (!hints.said && labels_.empty()) return;
    const bool first = labels_.empty();
    for (std::size_t h = 0; h < kHints.size(); ++h) {
      if (first) {
        labels_.emplace_back(trace, kHintLabels[h]);
        trace.add_label(kHintLabels[h]).code.resize(trace.rows() - 1, kNoIndex);
      }
      labels_[h].add(hints.words[h]);
    }
  }

 private:
  std::vector<LabelWords> labels_;
};

}  // namespace

Trace read_mooncake(const std::string& path, const ReadOptions& options) {
  LineReader lines(path);
  OpenLoopBuilder builder("mooncake", kBlockTokens);
  builder.reserve(lines.file().size_hint() / 400, lines.file().size_hint() / 8);
  LineParser parser;
  HintLabels labels;
  std::string_view text;
  while (lines.next(text)) {
    if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
    const RowPlace place{path, lines.line_number()};
    try {
      const Row row = parser.parse(place, text);
      check_block_count(place, "hash_ids", parser.ids().size(), row.input_tokens, kBlockTokens);
      builder.add_row(row.time, row.input_tokens, row.output_tokens, parser.ids());
      labels.add(builder.trace(), parser.hints());
    } catch (const UserError&) {
      if (!options.lenient) throw;
      builder.count_skipped();
    }
  }
  drop_empty_columns(builder.trace());
  return builder.finish(path, options);
}

TraceFormat mooncake_format() {
  return {
      .name = "mooncake",
      .sentence = "Mooncake JSONL: times, lengths and 512-token block ids",
      .fits =
          [](const FileSample& file) {
            return file.text.starts_with('{') && file.first_line_has("\"timestamp\"") &&
                   file.first_line_has("\"input_length\"");
          },
      .read = read_mooncake,
      .write = write_mooncake,
      .suffix = ".jsonl",
      .holds = {.arrival_step = {kPsPerMillisecond}, .blocks = true, .block_tokens = kBlockTokens}};
}

}  // namespace pigou
