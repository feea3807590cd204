// CSV or JSONL with the columns the user names.
#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.hpp"
#include "io/csv.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/json_fields.hpp"
#include "trace/reader.hpp"

namespace pigou {
namespace {

enum Column : std::size_t { kArrival, kInput, kOutput, kIds, kColumns };

/// The mapping after defaults, checked.
struct Columns {
  std::array<std::string, kColumns> names;  ///< empty: not in the file
  bool calendar = false;
  TimeUnit unit = TimeUnit::kSecond;
  std::uint32_t block_tokens = 0;
};

Columns resolve(const ReadOptions& options) {
  ColumnMapping mapping = options.mapping;
  if (mapping.empty()) {
    if (mapping.arrival.empty()) mapping.arrival = "arrival_s";
    mapping.input_tokens = "input_tokens";
    mapping.output_tokens = "output_tokens";
  }
  if (mapping.input_tokens.empty() || mapping.output_tokens.empty())
    throw UserError("the column mapping is incomplete",
                    "a trace needs both prompt and output lengths",
                    "map input_tokens and output_tokens");
  if (mapping.hash_ids.empty() != (mapping.block_tokens == 0))
    throw UserError("the column mapping is incomplete", "hash_ids and block_tokens belong together",
                    "map both or neither");
  Columns columns;
  columns.names = {mapping.arrival, mapping.input_tokens, mapping.output_tokens, mapping.hash_ids};
  columns.block_tokens = mapping.block_tokens;
  columns.calendar = mapping.arrival_unit == "time";
  if (!columns.calendar && !parse_time_unit(mapping.arrival_unit, columns.unit))
    throw UserError("unknown time unit '" + mapping.arrival_unit + "'",
                    "arrival is mapped as column:unit", "use s, ms, us, ns or time");
  return columns;
}

/// Ids in one CSV field: whole numbers between blanks, ';', ',', '|' or square brackets.
void add_ids(OpenLoopBuilder& builder, const RowPlace& place, std::string_view name,
             std::string_view text) {
  constexpr std::string_view separators = " \t;,|[]";
  while (true) {
    const std::size_t begin = text.find_first_not_of(separators);
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(separators));
    std::uint64_t raw = 0;
    if (!parse_whole(word, raw))
      reject_row(place, "field '" + std::string(name) + "' holds " + quote_field(word),
                 "block ids are whole numbers between blanks or semicolons");
    builder.add_block(raw);
    text.remove_prefix(word.size());
  }
}

class CsvRows {
 public:
  CsvRows(const Columns& columns, LineReader& lines) : columns_(columns), lines_(lines) {}

  /// Finds the columns; true if `line` was a header and thus is no row.
  bool read_header(std::string_view line);
  void add_row(OpenLoopBuilder& builder, const RowPlace& place, std::string_view line);

 private:
  std::size_t position(const std::string& name, bool& by_name) const;
  std::uint32_t tokens(const RowPlace& place, Column column) const;
  TimeStamp time(const RowPlace& place) const;

  const Columns& columns_;
  LineReader& lines_;
  std::array<std::size_t, kColumns> positions_{};
  std::size_t needed_ = 0;  ///< fields a row must have at least
  std::vector<std::string> fields_;
};

std::size_t CsvRows::position(const std::string& name, bool& by_name) const {
  std::size_t number = 0;
  if (name.size() > 1 && name[0] == '#') {
    const auto [end, code] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (code == std::errc{} && end == name.data() + name.size() && number > 0 && number < 10'000)
      return number - 1;
  }
  by_name = true;
  const auto found = std::find(fields_.begin(), fields_.end(), name);
  if (found != fields_.end()) return static_cast<std::size_t>(found - fields_.begin());
  throw UserError("'" + lines_.path() + "' line 1: no column '" + name + "'",
                  "the header does not name it", suggest_name(name, fields_));
}

bool CsvRows::read_header(std::string_view line) {
  if (!split_csv(line, fields_))
    reject_row({lines_.path(), 1}, "a quote is left open", "a header of column names is expected");
  bool by_name = false;
  for (std::size_t column = 0; column < kColumns; ++column) {
    if (columns_.names[column].empty()) continue;
    positions_[column] = position(columns_.names[column], by_name);
    needed_ = std::max(needed_, positions_[column] + 1);
  }
  return by_name;
}

std::uint32_t CsvRows::tokens(const RowPlace& place, Column column) const {
  std::uint64_t value = 0;
  const std::string& text = fields_[positions_[column]];
  if (!parse_whole(text, value) || value > kMaxTokens)
    reject_tokens(place, columns_.names[column], quote_field(text));
  return static_cast<std::uint32_t>(value);
}

TimeStamp CsvRows::time(const RowPlace& place) const {
  TimeStamp stamp;
  if (columns_.names[kArrival].empty()) return stamp;
  const std::string& text = fields_[positions_[kArrival]];
  const bool good = columns_.calendar ? stamp_from_calendar(text, stamp)
                                      : stamp_from_text(text, columns_.unit, stamp);
  if (!good || stamp.seconds < 0)
    reject_time(
        place, columns_.names[kArrival], quote_field(text),
        columns_.calendar ? "a time such as 2023-11-16 18:15:46.68" : "a time of 0 or more");
  return stamp;
}

void CsvRows::add_row(OpenLoopBuilder& builder, const RowPlace& place, std::string_view line) {
  if (!split_csv(line, fields_))
    reject_row(place, "a quote is left open or followed by text", "\"...\" around a whole field");
  if (fields_.size() < needed_)
    reject_row(place, "the row has " + std::to_string(fields_.size()) + " fields",
               "at least " + std::to_string(needed_) + " are expected");
  const TimeStamp stamp = time(place);
  const std::uint32_t input = tokens(place, kInput);
  const std::uint32_t output = tokens(place, kOutput);
  if (columns_.block_tokens != 0) {
    const std::string& name = columns_.names[kIds];
    add_ids(builder, place, name, fields_[positions_[kIds]]);
    check_block_count(place, name, builder.open_blocks(), input, columns_.block_tokens);
  }
  builder.add_row(stamp, input, output);
}

void add_json_row(OpenLoopBuilder& builder, const RowPlace& place, const Columns& columns,
                  const JsonElement& document) {
  std::array<JsonElement, kColumns> elements;
  std::array<bool, kColumns> found{};
  for (const auto field : row_object(place, document)) {
    for (std::size_t column = 0; column < kColumns; ++column) {
      if (columns.names[column].empty() || field.key != columns.names[column]) continue;
      elements[column] = field.value;
      found[column] = true;
    }
  }
  for (std::size_t column = 0; column < kColumns; ++column)
    if (!columns.names[column].empty() && !found[column])
      reject_missing(place, columns.names[column]);
  TimeStamp stamp;
  std::string_view text;
  if (found[kArrival] && columns.calendar) {
    if (elements[kArrival].get(text) != simdjson::SUCCESS || !stamp_from_calendar(text, stamp))
      reject_time(place, columns.names[kArrival], describe_json(elements[kArrival]),
                  "a time such as 2023-11-16 18:15:46.68");
  } else if (found[kArrival]) {
    stamp = time_value(place, columns.names[kArrival], elements[kArrival], columns.unit);
  }
  const std::uint32_t input = token_value(place, columns.names[kInput], elements[kInput]);
  const std::uint32_t output = token_value(place, columns.names[kOutput], elements[kOutput]);
  if (found[kIds]) {
    const std::string& name = columns.names[kIds];
    for (const JsonElement id : id_array(place, name, elements[kIds])) {
      std::uint64_t raw = 0;
      if (id.get(raw) != simdjson::SUCCESS) reject_id(place, name, id);
      builder.add_block(raw);
    }
    check_block_count(place, name, builder.open_blocks(), input, columns.block_tokens);
  }
  builder.add_row(stamp, input, output);
}

}  // namespace

Trace read_generic(const std::string& path, const ReadOptions& options) {
  const Columns columns = resolve(options);
  LineReader lines(path);
  OpenLoopBuilder builder("generic", columns.block_tokens);
  if (columns.calendar) builder.times_are_calendar();
  builder.trace().timeless = columns.names[kArrival].empty();
  CsvRows csv(columns, lines);
  JsonParser parser;
  std::string_view line;
  bool first = true, json = false;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (first) {
      first = false;
      json = line[line.find_first_not_of(" \t")] == '{';
      if (!json && csv.read_header(line)) continue;
    }
    const RowPlace place{path, lines.line_number()};
    try {
      JsonElement document;
      const char* fault = nullptr;
      if (json && !parser.parse(line, document, fault))
        reject_row(place, std::string("broken JSON, ") + fault,
                   "one JSON object per line is expected");
      if (json)
        add_json_row(builder, place, columns, document);
      else
        csv.add_row(builder, place, line);
    } catch (const UserError&) {
      if (!options.lenient) throw;
      builder.drop_open_row();
      builder.count_skipped();
    }
  }
  return builder.finish(path, options);
}

TraceFormat generic_format() {
  return {.name = "generic",
          .sentence = "any CSV or JSONL whose columns are named with --map",
          .fits =
              [](const FileSample& file) {
                return file.first_line_has("input_tokens") && file.first_line_has("output_tokens");
              },
          .read = read_generic};
}

}  // namespace pigou
