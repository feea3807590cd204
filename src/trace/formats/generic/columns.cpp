#include "trace/formats/generic/columns.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"

namespace pigou {
namespace {

/// Cuts ":unit" off the end of `text`, where it names a unit.
TimeUnit cut_unit(std::string& text) {
  TimeUnit unit = TimeUnit::kSecond;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos && parse_time_unit(std::string_view(text).substr(colon + 1), unit))
    text.resize(colon);
  return unit;
}

void map_label(ColumnMapping& mapping, const std::string& label, const std::string& column) {
  std::erase_if(mapping.labels, [&](const auto& entry) { return entry.second == label; });
  mapping.labels.emplace_back(column, label);
}

std::vector<std::string> mapping_keys() {
  std::vector<std::string> keys = {"arrival",      "input_tokens", "output_tokens",
                                   "hash_ids",     "block_tokens", "recorded_ttft",
                                   "recorded_e2e", "cached_tokens"};
  keys.insert(keys.end(), kGenericLabels.begin(), kGenericLabels.end());
  keys.emplace_back("label.NAME");
  return keys;
}

}  // namespace

std::string_view generic_label(std::string_view column) {
  if (column.starts_with(kLabelPrefix)) return column.substr(kLabelPrefix.size());
  const bool known = std::ranges::find(kGenericLabels, column) != kGenericLabels.end();
  return known ? column : std::string_view{};
}

std::string generic_label_column(std::string_view label) {
  const bool known = std::ranges::find(kGenericLabels, label) != kGenericLabels.end();
  return (known ? "" : std::string(kLabelPrefix)) + std::string(label);
}

void GenericColumns::take_label(std::string_view column, std::string_view label) {
  for (const auto& [other, name] : labels)
    if (name == label) return;
  labels.emplace_back(column, label);
}

void set_mapping(ColumnMapping& mapping, const std::string& key, const std::string& value) {
  static const std::vector<std::string> keys = mapping_keys();
  std::string* const texts[] = {
      nullptr, &mapping.input_tokens,  &mapping.output_tokens, &mapping.hash_ids,
      nullptr, &mapping.recorded_ttft, &mapping.recorded_e2e,  &mapping.cached_tokens};
  const auto at = static_cast<std::size_t>(std::ranges::find(keys, key) - keys.begin());
  if (at < std::size(texts) && texts[at] != nullptr) {
    *texts[at] = value;
  } else if (key == "arrival") {
    const std::size_t colon = value.rfind(':');
    mapping.arrival = value.substr(0, colon);
    mapping.arrival_unit = colon == std::string::npos ? "s" : value.substr(colon + 1);
    TimeUnit unit{};
    if (mapping.arrival_unit != "time" && !parse_time_unit(mapping.arrival_unit, unit))
      throw UserError("unknown time unit '" + mapping.arrival_unit + "'",
                      "arrival is mapped as column:unit", "use s, ms, us, ns or time");
  } else if (key == "block_tokens") {
    std::uint32_t tokens = 0;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), tokens);
    if (code != std::errc{} || end != value.data() + value.size() || tokens == 0 ||
        tokens > 1'000'000)
      throw UserError("block_tokens cannot be '" + value + "'", "it is a whole number of tokens",
                      "use 1 to 1,000,000, such as 512");
    mapping.block_tokens = tokens;
  } else if (at < keys.size() - 1) {
    map_label(mapping, key, value);
  } else if (key.starts_with("label.") && key.size() > 6) {
    map_label(mapping, key.substr(6), value);
  } else {
    throw UserError("unknown column mapping '" + key + "'", "not a field of a trace",
                    suggest_name(key, keys));
  }
}

GenericColumns generic_columns(const ColumnMapping& mapping) {
  using enum GenericField;
  GenericColumns columns;
  const bool lengths_named = !mapping.input_tokens.empty() || !mapping.output_tokens.empty();
  if (lengths_named && (mapping.input_tokens.empty() || mapping.output_tokens.empty()))
    throw UserError("the column mapping is incomplete",
                    "a trace needs both prompt and output lengths",
                    "map input_tokens and output_tokens");
  columns.by_name = mapping.empty();
  columns[kArrival].name = mapping.arrival;
  columns[kInput].name = mapping.input_tokens;
  columns[kOutput].name = mapping.output_tokens;
  columns[kIds].name = mapping.hash_ids;
  columns[kTtft].name = mapping.recorded_ttft;
  columns[kE2e].name = mapping.recorded_e2e;
  columns[kCached].name = mapping.cached_tokens;
  if (!lengths_named) {
    for (const auto field : {kArrival, kInput, kOutput})
      if (columns[field].name.empty())
        columns[field].name = kGenericNames[static_cast<std::size_t>(field)];
  }
  for (const auto field : {kArrival, kInput, kOutput, kIds}) columns[field].required = true;
  columns.labels = mapping.labels;
  columns.block_tokens = mapping.block_tokens;
  columns.calendar = mapping.arrival_unit == "time";
  if (!columns.calendar && !parse_time_unit(mapping.arrival_unit, columns[kArrival].unit))
    throw UserError("unknown time unit '" + mapping.arrival_unit + "'",
                    "arrival is mapped as column:unit", "use s, ms, us, ns or time");
  for (const auto field : {kTtft, kE2e}) columns[field].unit = cut_unit(columns[field].name);
  if (mapping.hash_ids.empty() != (mapping.block_tokens == 0))
    throw UserError("the column mapping is incomplete", "hash_ids and block_tokens belong together",
                    "map both or neither");
  return columns;
}

}  // namespace pigou
