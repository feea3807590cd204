// Fields of JSON rows, with the errors of broken ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/simdjson_parser.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {

/// The element as a person would recognise it in a message, shortened.
std::string describe_json(const JsonElement& element);

[[noreturn]] void reject_missing(const RowPlace& place, std::string_view field);

/// The row as an object; rejects other JSON.
JsonObject row_object(const RowPlace& place, const JsonElement& element);
std::uint32_t token_value(const RowPlace& place, std::string_view field,
                          const JsonElement& element);
TimeStamp time_value(const RowPlace& place, std::string_view field, const JsonElement& element,
                     TimeUnit unit);
/// A duration of 0 or more; rejects one beyond the longest simulated time.
SimTime duration_value(const RowPlace& place, std::string_view field, const JsonElement& element,
                       TimeUnit unit);
/// True, with `element` set, when the object has the field and it is not null.
bool present(const JsonObject& object, std::string_view field, JsonElement& element);
/// The same, rejecting its absence.
JsonElement required(const RowPlace& place, const JsonObject& object, std::string_view field);
/// The field as an object; none when it is absent or null, rejected when it is something else.
std::optional<JsonObject> object_field(const RowPlace& place, const JsonObject& object,
                                       std::string_view field);
/// A string; rejects other JSON. It lives as long as the document.
std::string_view word_value(const RowPlace& place, std::string_view field,
                            const JsonElement& element);
/// Tokens of a prompt found in a cache; rejects more than the prompt has.
std::int32_t cached_value(const RowPlace& place, std::string_view field, const JsonElement& element,
                          std::uint32_t input_tokens);
/// The element as a list; rejects other JSON.
JsonArray list_value(const RowPlace& place, std::string_view field, const JsonElement& element);
/// The same, of block ids.
JsonArray id_array(const RowPlace& place, std::string_view field, const JsonElement& element);
[[noreturn]] void reject_id(const RowPlace& place, std::string_view field,
                            const JsonElement& element);

/// An unsigned 64-bit block id; rejects other JSON.
std::uint64_t id_value(const RowPlace& place, std::string_view field, const JsonElement& element);

/// Rejects a row whose number of ids cannot fit its input: floor or ceil of input / block_tokens
/// are the two rules in use.
void check_block_count(const RowPlace& place, std::string_view field, std::size_t count,
                       std::uint32_t input_tokens, std::uint32_t block_tokens);

}  // namespace pigou
