#include "trace/formats/generic/rows.hpp"
#include "trace/parse/json_fields.hpp"

namespace pigou {

using enum GenericField;

void GenericJson::note(std::string_view key, const JsonElement& value) {
  for (std::size_t field = 0; field < kGenericFields; ++field) {
    const std::string& column = columns_.fields[field].name;
    const bool taken =
        column.empty() ? columns_.by_name && key == kGenericNames[field] : key == column;
    if (!taken) continue;
    if (column.empty()) columns_.fields[field].name = key;
    elements_[field] = value;
    found_[field] = !value.is_null();
    return;
  }
  for (std::size_t i = 0; i < columns_.labels.size(); ++i)
    if (columns_.labels[i].first == key) return words_.emplace_back(i, value), void();
  if (!columns_.by_name) return;
  const auto label = generic_label(key);
  if (label.empty()) return;
  const std::size_t before = columns_.labels.size();
  columns_.take_label(key, label);
  if (columns_.labels.size() > before) words_.emplace_back(before, value);
}

TimeStamp GenericJson::arrival(const RowPlace& place) const {
  TimeStamp stamp;
  if (name(kArrival).empty()) return stamp;
  if (!columns_.calendar)
    return time_value(place, name(kArrival), element(kArrival), columns_[kArrival].unit);
  std::string_view text;
  if (element(kArrival).get(text) != simdjson::SUCCESS || !stamp_from_calendar(text, stamp) ||
      stamp.seconds < 0)
    reject_time(place, name(kArrival), describe_json(element(kArrival)),
                "a time such as 2023-11-16 18:15:46.68");
  return stamp;
}

void GenericJson::read_recorded(const RowPlace& place, GenericRow& row) const {
  const auto duration = [&](GenericField field) {
    return given(field) ? duration_value(place, name(field), element(field), columns_[field].unit)
                        : kNotMeasured;
  };
  row.recorded.ttft = duration(kTtft);
  row.recorded.service = duration(kE2e);
  if (given(kCached))
    row.recorded.cached_tokens =
        static_cast<std::int32_t>(token_value(place, name(kCached), element(kCached)));
}

void GenericJson::read_row(const RowPlace& place, const JsonElement& document, GenericRow& row) {
  const JsonObject object = row_object(place, document);
  if (JsonElement calendar; first_ && columns_.by_name &&
                            !present(object, name(kArrival), calendar) &&
                            present(object, kGenericCalendar, calendar)) {
    columns_[kArrival].name = kGenericCalendar;
    columns_.calendar = true;
  }
  found_.fill(false);
  words_.clear();
  for (const auto field : object) note(field.key, field.value);
  for (std::size_t field = 0; field < kGenericFields; ++field)
    if (columns_.fields[field].required && !columns_.fields[field].name.empty() && !found_[field])
      reject_missing(place, columns_.fields[field].name);
  row.time = arrival(place);
  row.input_tokens = token_value(place, name(kInput), element(kInput));
  row.output_tokens = token_value(place, name(kOutput), element(kOutput));
  if (given(kIds))
    for (const JsonElement id : id_array(place, name(kIds), element(kIds)))
      row.ids.push_back(id_value(place, name(kIds), id));
  if (given(kBlockTokens))
    row.block_tokens = token_value(place, name(kBlockTokens), element(kBlockTokens));
  read_recorded(place, row);
  if (given(kPrevious) && element(kPrevious).get(row.previous) != simdjson::SUCCESS)
    reject_row(place, "field 'previous_turn' is " + describe_json(element(kPrevious)),
               "the number of a row, counted from 0, is expected");
  row.words.resize(columns_.labels.size());
  for (const auto& [label, word] : words_)
    if (!word.is_null())
      row.words[label] = word.is_string() ? word_value(place, columns_.labels[label].first, word)
                                          : describe_json(word);
  first_ = false;
}

}  // namespace pigou
