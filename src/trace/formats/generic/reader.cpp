// CSV or JSONL with the columns the user names, or with those that our own writer does.
#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/formats/generic/rows.hpp"
#include "trace/formats/generic/writer.hpp"
#include "trace/parse/json_fields.hpp"
#include "trace/parse/named_csv.hpp"

namespace pigou {
namespace {

class GenericBuilder {
 public:
  explicit GenericBuilder(const ReadOptions& options)
      : columns_(generic_columns(options.mapping)), builder_("generic", columns_.block_tokens) {}

  GenericColumns& columns() { return columns_; }
  /// An empty row to fill in; counts a row of the file.
  GenericRow& next();
  void add(const RowPlace& place);
  void skip() { builder_.count_skipped(); }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  void check(const RowPlace& place);
  void link_turns();

  GenericColumns columns_;
  OpenLoopBuilder builder_;
  GenericRow row_;
  std::vector<LabelWords> labels_;
  std::vector<std::uint32_t> kept_;      ///< per row of the file its row here
  std::vector<std::uint64_t> previous_;  ///< per row here a row of the file; empty: none so far
};

GenericRow& GenericBuilder::next() {
  row_.ids.clear();
  row_.block_tokens = columns_.block_tokens;
  row_.recorded = {};
  row_.previous = UINT64_MAX;
  row_.words.assign(columns_.labels.size(), "");
  kept_.push_back(kNoIndex);
  return row_;
}

void GenericBuilder::check(const RowPlace& place) {
  Trace& trace = builder_.trace();
  const std::int64_t cached = row_.recorded.cached_tokens;
  if (cached > row_.input_tokens)
    reject_row(
        place, "field '" + columns_[GenericField::kCached].name + "' is " + std::to_string(cached),
        "cached tokens are part of the prompt, which has " + std::to_string(row_.input_tokens));
  const std::string& ids = columns_[GenericField::kIds].name;
  if (ids.empty()) return;
  if (row_.block_tokens == 0)
    reject_row(place, "field '" + ids + "' has ids of unknown size",
               "a column block_tokens or --map block_tokens=512 tells");
  if (trace.block_tokens == 0 && trace.rows() > 0)
    reject_row(place, "field '" + ids + "' is not in the rows before", "every row has it or none");
  trace.block_tokens = trace.rows() == 0 ? row_.block_tokens : trace.block_tokens;
  if (trace.block_tokens != row_.block_tokens)
    reject_row(
        place, "field 'block_tokens' is " + std::to_string(row_.block_tokens),
        "the same as in the rows before, " + std::to_string(trace.block_tokens) + ", is expected");
  check_block_count(place, ids, row_.ids.size(), row_.input_tokens, row_.block_tokens);
}

void GenericBuilder::add(const RowPlace& place) {
  check(place);
  Trace& trace = builder_.trace();
  builder_.add_row(row_.time, row_.input_tokens, row_.output_tokens, row_.ids);
  add_measured(trace, row_.recorded);
  const std::size_t rows = trace.rows();
  for (std::size_t i = labels_.size(); i < columns_.labels.size(); ++i) {
    labels_.emplace_back(trace, columns_.labels[i].second);  // a key first seen in this row
    trace.add_label(columns_.labels[i].second).code.resize(rows - 1, kNoIndex);
  }
  for (std::size_t i = 0; i < labels_.size(); ++i) labels_[i].add(row_.words[i]);
  kept_.back() = static_cast<std::uint32_t>(rows - 1);
  if (row_.previous == UINT64_MAX && previous_.empty()) return;
  previous_.resize(rows - 1, UINT64_MAX);
  previous_.push_back(row_.previous);
}

void GenericBuilder::link_turns() {
  if (previous_.empty()) return;
  previous_.resize(builder_.trace().rows(), UINT64_MAX);
  for (const std::uint64_t row : previous_)
    builder_.trace().previous_turn.push_back(row < kept_.size() ? kept_[row] : kNoIndex);
}

Trace GenericBuilder::finish(const std::string& path, const ReadOptions& options) {
  link_turns();
  if (columns_.calendar) builder_.times_are_calendar();
  builder_.trace().timeless = columns_[GenericField::kArrival].name.empty();
  Trace trace = builder_.finish(path, options);
  std::uint64_t rejected = 0;
  for (std::uint32_t row = 0; row < trace.previous_turn.size(); ++row) {
    std::uint32_t& previous = trace.previous_turn[row];
    if (previous == kNoIndex || (previous < row && trace.can_continue(previous, row))) continue;
    previous = kNoIndex;
    ++rejected;
  }
  if (rejected > 0) trace.pass_over("previous turns that the prompts do not bear out", rejected);
  drop_empty_columns(trace);
  return trace;
}

}  // namespace

Trace read_generic(const std::string& path, const ReadOptions& options) {
  GenericBuilder builder(options);
  LineReader lines(path);
  GenericCsv csv(builder.columns(), path);
  GenericJson keys(builder.columns());
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
    GenericRow& row = builder.next();
    try {
      JsonElement document;
      const char* fault = nullptr;
      if (json && !parser.parse(line, document, fault))
        reject_row(place, std::string("broken JSON, ") + fault,
                   "one JSON object per line is expected");
      if (json)
        keys.read_row(place, document, row);
      else
        csv.read_row(place, line, row);
      builder.add(place);
    } catch (const UserError&) {
      if (!options.lenient) throw;
      builder.skip();
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
          .read = read_generic,
          .write = write_generic,
          .suffix = ".csv",
          .holds = {.arrival_step = {1},
                    .blocks = true,
                    .previous_turn = true,
                    .recorded_e2e = true,
                    .recorded_ttft = true,
                    .recorded_cached_tokens = true,
                    .labels = {"*"},
                    .calendar_start = true}};
}

}  // namespace pigou
