// Fields of JSON rows, with the errors of broken ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/json.hpp"
#include "trace/open_loop.hpp"

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
/// The element as an array of block ids; rejects other JSON.
JsonArray id_array(const RowPlace& place, std::string_view field, const JsonElement& element);
[[noreturn]] void reject_id(const RowPlace& place, std::string_view field,
                            const JsonElement& element);

/// Rejects a row whose number of ids cannot fit its input: floor or ceil of input / block_tokens
/// are the two rules in use.
void check_block_count(const RowPlace& place, std::string_view field, std::size_t count,
                       std::uint32_t input_tokens, std::uint32_t block_tokens);

}  // namespace pigou
