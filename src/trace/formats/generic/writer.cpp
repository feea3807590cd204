#include "trace/formats/generic/writer.hpp"

#include "io/output_file.hpp"
#include "trace/formats/generic/columns.hpp"
#include "trace/parse/row_text.hpp"

namespace pigou {
namespace {

/// One row's cells under their names: the two kinds of file differ in how a cell is put.
class GenericWriter {
 public:
  GenericWriter(const Trace& trace, const OutputTarget& target)
      : trace_(trace), file_(target), ids_(trace), json_(is_json(target.path)) {
    calendar_ = trace.calendar_start && trace.calendar_start->seconds >= 0 &&
                has_four_digit_year(stamp_at(*trace.calendar_start, trace.arrival.back()));
    if (json_ && !calendar_) quote_times_ = !exact_as_numbers();
  }

  void write() {
    if (!json_) {
      put_row(0, true);
      file_.write(line_ += '\n');
    }
    for (std::size_t row = 0; row < trace_.rows(); ++row) {
      line_.clear();
      if (json_) line_ += '{';
      first_ = true;
      put_row(row, false);
      line_ += json_ ? "}\n" : "\n";
      file_.write(line_);
    }
    file_.commit();
  }

 private:
  static bool is_json(std::string_view path) {
    if (path.ends_with(".gz")) path.remove_suffix(3);
    return path.ends_with(".jsonl") || path.ends_with(".json");
  }

  /// JSON numbers pass through double precision: are they read back to the picosecond?
  bool exact_as_numbers() const {
    const auto exact = [](SimTime time) {
      std::string text;
      append_seconds(text, time);
      TimeStamp stamp;
      SimTime back;
      return stamp_from_real(std::strtod(text.c_str(), nullptr), TimeUnit::kSecond, stamp) &&
             stamp_difference(stamp, {}, back) && back == time;
    };
    for (const auto* column : {&trace_.arrival, &trace_.recorded_ttft, &trace_.recorded_service})
      for (const SimTime time : *column)
        if (time.ps >= 0 && !exact(time)) return false;
    return true;
  }

  /// Begins a cell; `skip`: there is nothing to say. True when the value is to be put.
  bool cell(std::string_view name, bool header, bool skip = false) {
    if (json_ && skip) return false;
    if (!first_) line_ += json_ ? ", " : ",";
    first_ = false;
    if (json_) {
      append_json_text(line_, name);
      line_ += ": ";
      return true;
    }
    if (header) append_csv_text(line_, name);
    return !header && !skip;
  }

  void put_seconds(std::string_view name, bool header, const std::vector<SimTime>& column,
                   std::size_t row) {
    if (column.empty() || !cell(name, header, column[row].ps < 0)) return;
    const std::string_view quote = quote_times_ ? "\"" : "";
    line_ += quote;
    append_seconds(line_, column[row]);
    line_ += quote;
  }

  void put_arrival(bool header, std::size_t row) {
    if (!calendar_) return put_seconds(kGenericNames[0], header, trace_.arrival, row);
    if (!cell(kGenericCalendar, header)) return;
    const std::string_view quote = json_ ? "\"" : "";
    line_.append(quote);
    line_ += calendar_text(stamp_at(*trace_.calendar_start, trace_.arrival[row]));
    line_.append(quote);
  }

  void put_blocks(bool header, std::size_t row) {
    if (trace_.block_tokens == 0) return;
    if (cell("block_tokens", header)) append_number(line_, trace_.block_tokens);
    if (!cell("hash_ids", header)) return;
    if (json_) line_ += '[';
    ids_.append(line_, row, json_ ? ", " : " ");
    if (json_) line_ += ']';
  }

  void put_labels(bool header, std::size_t row) {
    for (const LabelColumn& label : trace_.labels) {
      const bool none = label.code[row] == kNoIndex || label.values[label.code[row]].empty();
      if (!cell(generic_label_column(label.name), header, none)) continue;
      if (json_)
        append_json_text(line_, label.values[label.code[row]]);
      else
        append_csv_text(line_, label.values[label.code[row]]);
    }
  }

  void put_row(std::size_t row, bool header) {
    put_arrival(header, row);
    if (cell("input_tokens", header)) append_number(line_, trace_.input_tokens[row]);
    if (cell("output_tokens", header)) append_number(line_, trace_.output_tokens[row]);
    put_blocks(header, row);
    put_seconds("recorded_ttft_s", header, trace_.recorded_ttft, row);
    put_seconds("recorded_e2e_s", header, trace_.recorded_service, row);
    const auto& cached = trace_.recorded_cached_tokens;
    if (!cached.empty() && cell("cached_tokens", header, cached[row] < 0))
      append_number(line_, static_cast<std::uint64_t>(cached[row]));
    const auto& turns = trace_.previous_turn;
    if (!turns.empty() && cell("previous_turn", header, turns[row] == kNoIndex))
      append_number(line_, turns[row]);
    put_labels(header, row);
  }

  const Trace& trace_;
  OutputFile file_;
  IdNames ids_;
  bool json_ = false;
  bool calendar_ = false;
  bool quote_times_ = false;
  bool first_ = true;
  std::string line_;
};

}  // namespace

void write_generic(const Trace& trace, const OutputTarget& target) {
  GenericWriter(trace, target).write();
}

}  // namespace pigou
