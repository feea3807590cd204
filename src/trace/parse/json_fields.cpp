#include "trace/parse/json_fields.hpp"

#include <sstream>

namespace pigou {

std::string describe_json(const JsonElement& element) {
  std::ostringstream text;
  if (element.is_array()) return "a list";
  if (element.is_object()) return "an object";
  text << simdjson::minify(element);
  std::string word = text.str();
  if (word.size() > 40) word = word.substr(0, 37) + "...";
  return word;
}

void reject_missing(const RowPlace& place, std::string_view field) {
  reject_row(place, "field '" + std::string(field) + "' is missing",
             "every row of this format has it");
}

JsonObject row_object(const RowPlace& place, const JsonElement& element) {
  JsonObject object;
  if (element.get(object) != simdjson::SUCCESS)
    reject_row(place, "the row is " + describe_json(element), "a JSON object is expected");
  return object;
}

std::uint32_t token_value(const RowPlace& place, std::string_view field,
                          const JsonElement& element) {
  std::uint64_t value = 0;
  if (element.get(value) == simdjson::SUCCESS && value <= kMaxTokens)
    return static_cast<std::uint32_t>(value);
  double real = 0;  // 512.0 is a whole number too
  if (element.get(real) == simdjson::SUCCESS && real >= 0 &&
      real <= static_cast<double>(kMaxTokens)) {
    const auto whole = static_cast<std::uint32_t>(real);
    if (static_cast<double>(whole) == real) return whole;
  }
  reject_tokens(place, field, describe_json(element));
}

TimeStamp time_value(const RowPlace& place, std::string_view field, const JsonElement& element,
                     TimeUnit unit) {
  TimeStamp stamp;
  std::int64_t whole = 0;
  double real = 0;
  std::string_view text;
  bool good = false;
  if (element.get(whole) == simdjson::SUCCESS)
    good = stamp_from_integer(whole, unit, stamp);
  else if (element.get(real) == simdjson::SUCCESS)
    good = stamp_from_real(real, unit, stamp);
  else if (element.get(text) == simdjson::SUCCESS)
    good = stamp_from_text(text, unit, stamp);
  if (!good || stamp.seconds < 0)
    reject_time(place, field, describe_json(element), "a time of 0 or more");
  return stamp;
}

SimTime duration_value(const RowPlace& place, std::string_view field, const JsonElement& element,
                       TimeUnit unit) {
  const TimeStamp stamp = time_value(place, field, element, unit);
  SimTime time;
  if (!stamp_difference(stamp, TimeStamp{}, time))
    reject_time(place, field, describe_json(element), "a time of at most 53 days");
  return time;
}

bool present(const JsonObject& object, std::string_view field, JsonElement& element) {
  return object[field].get(element) == simdjson::SUCCESS && !element.is_null();
}

JsonElement required(const RowPlace& place, const JsonObject& object, std::string_view field) {
  JsonElement element;
  if (!present(object, field, element)) reject_missing(place, field);
  return element;
}

std::optional<JsonObject> object_field(const RowPlace& place, const JsonObject& object,
                                       std::string_view field) {
  JsonElement element;
  JsonObject inner;
  if (!present(object, field, element)) return std::nullopt;
  if (element.get(inner) != simdjson::SUCCESS)
    reject_row(place, "field '" + std::string(field) + "' is " + describe_json(element),
               "a JSON object is expected");
  return inner;
}

std::string_view word_value(const RowPlace& place, std::string_view field,
                            const JsonElement& element) {
  std::string_view word;
  if (element.get(word) != simdjson::SUCCESS)
    reject_row(place, "field '" + std::string(field) + "' is " + describe_json(element),
               "a text is expected");
  return word;
}

std::int32_t cached_value(const RowPlace& place, std::string_view field, const JsonElement& element,
                          std::uint32_t input_tokens) {
  const std::uint32_t tokens = token_value(place, field, element);
  if (tokens > input_tokens)
    reject_row(place, "field '" + std::string(field) + "' is " + std::to_string(tokens),
               "cached tokens are part of the prompt, which has " + std::to_string(input_tokens));
  return static_cast<std::int32_t>(tokens);
}

JsonArray list_value(const RowPlace& place, std::string_view field, const JsonElement& element) {
  JsonArray array;
  if (element.get(array) != simdjson::SUCCESS)
    reject_row(place, "field '" + std::string(field) + "' is " + describe_json(element),
               "a list is expected");
  return array;
}

JsonArray id_array(const RowPlace& place, std::string_view field, const JsonElement& element) {
  JsonArray array;
  if (element.get(array) != simdjson::SUCCESS)
    reject_row(place, "field '" + std::string(field) + "' is " + describe_json(element),
               "a list of block ids is expected");
  return array;
}

void reject_id(const RowPlace& place, std::string_view field, const JsonElement& element) {
  reject_row(place, "field '" + std::string(field) + "' holds " + describe_json(element),
             "block ids are whole numbers from 0 to 18,446,744,073,709,551,615");
}

std::uint64_t id_value(const RowPlace& place, std::string_view field, const JsonElement& element) {
  std::uint64_t raw = 0;
  if (element.get(raw) != simdjson::SUCCESS) reject_id(place, field, element);
  return raw;
}

void check_block_count(const RowPlace& place, std::string_view field, std::size_t count,
                       std::uint32_t input_tokens, std::uint32_t block_tokens) {
  const std::size_t full = input_tokens / block_tokens;
  const std::size_t most = full + (input_tokens % block_tokens != 0 ? 1 : 0);
  if (count == full || count == most) return;
  reject_row(place,
             "field '" + std::string(field) + "' has " + std::to_string(count) + " block ids",
             "an input of " + std::to_string(input_tokens) + " tokens has " + std::to_string(most) +
                 " blocks of " + std::to_string(block_tokens));
}

}  // namespace pigou
