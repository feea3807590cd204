#include "trace/hashing/prompt_fields.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "trace/time_stamp.hpp"

namespace pigou {

const std::array<std::string, PromptFields::kFields>& PromptFields::names() {
  static const std::array<std::string, kFields> names = {
      "arrival",      "token_ids",    "messages", "prompt",   "output_tokens", "output_token_ids",
      "output",       "input_tokens", "session",  "instance", "ttft",          "e2e",
      "cached_tokens"};
  return names;
}

void set_prompt_field(PromptFields& fields, const std::string& field, const std::string& value) {
  const auto& names = PromptFields::names();
  const auto found = std::find(names.begin(), names.end(), field);
  if (found == names.end())
    throw UserError("unknown field '" + field + "'", "not a part of a prompt log",
                    suggest_name(field, {names.begin(), names.end()}));
  const auto index = static_cast<std::size_t>(found - names.begin());
  const bool timed = index == PromptFields::kArrival || index == PromptFields::kTtft ||
                     index == PromptFields::kE2e;
  const std::size_t colon = timed ? value.rfind(':') : std::string::npos;
  fields.key[index] = value.substr(0, colon);
  fields.unit[index] = colon == std::string::npos ? "s" : value.substr(colon + 1);
  TimeUnit unit{};
  const bool calendar = index == PromptFields::kArrival && fields.unit[index] == "time";
  if (!calendar && !parse_time_unit(fields.unit[index], unit))
    throw UserError(
        "unknown time unit '" + fields.unit[index] + "'", field + " is mapped as KEY:UNIT",
        index == PromptFields::kArrival ? "use s, ms, us, ns or time" : "use s, ms, us or ns");
  if (fields.key[index].empty())
    throw UserError("the key of '" + field + "' is empty", "it names a field of every row",
                    "write --map " + field + "=KEY");
}

}  // namespace pigou
