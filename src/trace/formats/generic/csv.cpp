#include <algorithm>
#include <charconv>

#include "core/error.hpp"
#include "io/csv_reader.hpp"
#include "trace/formats/generic/rows.hpp"

namespace pigou {

using enum GenericField;

std::size_t GenericCsv::position(const std::string& name, bool& by_name) const {
  std::size_t number = 0;
  if (name.size() > 1 && name[0] == '#') {
    const auto [end, code] = std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (code == std::errc{} && end == name.data() + name.size() && number > 0 && number < 10'000)
      return number - 1;
  }
  by_name = true;
  const auto found = std::ranges::find(fields_, name);
  if (found != fields_.end()) return static_cast<std::size_t>(found - fields_.begin());
  throw UserError("'" + path_ + "' line 1: no column '" + name + "'", "the header does not name it",
                  suggest_name(name, fields_));
}

/// Takes what the header calls as the defaults do.
void GenericCsv::find_by_name() {
  const auto has = [this](std::string_view name) {
    return std::ranges::find(fields_, name) != fields_.end();
  };
  if (!has(columns_[kArrival].name) && has(kGenericCalendar)) {
    columns_[kArrival].name = kGenericCalendar;
    columns_.calendar = true;
  }
  for (std::size_t field = 0; field < kGenericFields; ++field)
    if (columns_.fields[field].name.empty() && has(kGenericNames[field]))
      columns_.fields[field].name = kGenericNames[field];
  for (const std::string& name : fields_)
    if (const auto label = generic_label(name); !label.empty()) columns_.take_label(name, label);
}

bool GenericCsv::read_header(std::string_view line) {
  if (!split_csv(line, fields_))
    reject_row({path_, 1}, "a quote is left open", "a header of column names is expected");
  if (columns_.by_name) find_by_name();
  bool by_name = false;
  positions_.fill(kAbsent);
  const auto place_of = [&](const std::string& name) {
    const std::size_t at = position(name, by_name);
    needed_ = std::max(needed_, at + 1);
    return at;
  };
  for (std::size_t field = 0; field < kGenericFields; ++field)
    if (!columns_.fields[field].name.empty())
      positions_[field] = place_of(columns_.fields[field].name);
  for (const auto& label : columns_.labels) label_positions_.push_back(place_of(label.first));
  return by_name;
}

const std::string& GenericCsv::text(GenericField field) const {
  static const std::string none;
  const std::size_t at = positions_[static_cast<std::size_t>(field)];
  return at == kAbsent ? none : fields_[at];
}

std::uint32_t GenericCsv::tokens(const RowPlace& place, GenericField field) const {
  std::uint64_t value = 0;
  if (!parse_whole(text(field), value) || value > kMaxTokens)
    reject_tokens(place, columns_[field].name, quote_field(text(field)));
  return static_cast<std::uint32_t>(value);
}

TimeStamp GenericCsv::arrival(const RowPlace& place) const {
  TimeStamp stamp;
  if (columns_[kArrival].name.empty()) return stamp;
  const bool good = columns_.calendar
                        ? stamp_from_calendar(text(kArrival), stamp)
                        : stamp_from_text(text(kArrival), columns_[kArrival].unit, stamp);
  if (!good || stamp.seconds < 0)
    reject_time(
        place, columns_[kArrival].name, quote_field(text(kArrival)),
        columns_.calendar ? "a time such as 2023-11-16 18:15:46.68" : "a time of 0 or more");
  return stamp;
}

SimTime GenericCsv::duration(const RowPlace& place, GenericField field) const {
  if (text(field).empty()) return kNotMeasured;
  TimeStamp stamp;
  SimTime time;
  if (!stamp_from_text(text(field), columns_[field].unit, stamp) || stamp.seconds < 0 ||
      !stamp_difference(stamp, TimeStamp{}, time))
    reject_time(place, columns_[field].name, quote_field(text(field)),
                "a time of 0 to 53 days, or nothing,");
  return time;
}

/// Ids in one field: whole numbers between blanks, ';', ',', '|' or square brackets.
void GenericCsv::read_ids(const RowPlace& place, std::vector<std::uint64_t>& ids) const {
  constexpr std::string_view separators = " \t;,|[]";
  std::string_view rest = text(kIds);
  while (true) {
    const std::size_t begin = rest.find_first_not_of(separators);
    if (begin == std::string_view::npos) return;
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find_first_of(separators));
    std::uint64_t raw = 0;
    if (!parse_whole(word, raw))
      reject_row(place, "field '" + columns_[kIds].name + "' holds " + quote_field(word),
                 "block ids are whole numbers between blanks or semicolons");
    ids.push_back(raw);
    rest.remove_prefix(word.size());
  }
}

void GenericCsv::read_row(const RowPlace& place, std::string_view line, GenericRow& row) {
  if (!split_csv(line, fields_))
    reject_row(place, "a quote is left open or followed by text", "\"...\" around a whole field");
  if (fields_.size() < needed_)
    reject_row(place, "the row has " + std::to_string(fields_.size()) + " fields",
               "at least " + std::to_string(needed_) + " are expected");
  row.time = arrival(place);
  row.input_tokens = tokens(place, kInput);
  row.output_tokens = tokens(place, kOutput);
  read_ids(place, row.ids);
  if (!text(kBlockTokens).empty()) row.block_tokens = tokens(place, kBlockTokens);
  row.recorded.ttft = duration(place, kTtft);
  row.recorded.service = duration(place, kE2e);
  if (!text(kCached).empty())
    row.recorded.cached_tokens = static_cast<std::int32_t>(tokens(place, kCached));
  if (!text(kPrevious).empty() && !parse_whole(text(kPrevious), row.previous))
    reject_row(place, "field 'previous_turn' is " + quote_field(text(kPrevious)),
               "the number of a row, counted from 0, is expected");
  for (std::size_t i = 0; i < label_positions_.size(); ++i)
    row.words[i] = fields_[label_positions_[i]];
}

}  // namespace pigou
