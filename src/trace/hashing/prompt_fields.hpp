// Which keys of a log's rows hold what: `trace hash --map`.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace pigou {

/// Which keys of a JSON row hold what: a name, or names joined by dots for objects inside objects
/// ("usage.completion_tokens"). A row may lack all but arrival and one form of the prompt.
struct PromptFields {
  enum Field : std::size_t {
    kArrival,
    kTokenIds,        ///< a list of whole numbers
    kMessages,        ///< a list of {role, content, ...}
    kPrompt,          ///< text, or a list of whole numbers
    kOutputTokens,    ///< a count
    kOutputTokenIds,  ///< a list, of which the length counts
    kOutput,          ///< text, of which the length counts
    kInputTokens,     ///< the log's own count, only to say how long its tokens are
    kSession,
    kInstance,
    kTtft,
    kE2e,
    kCachedTokens,
    kFields
  };
  /// The default keys are the fields' own names.
  static const std::array<std::string, kFields>& names();

  std::array<std::string, kFields> key = names();
  std::array<std::string, kFields> unit;  ///< arrival, ttft, e2e: s, ms, us, ns; arrival: time
};

/// Sets one key, e.g. ("arrival", "ts:ms"), ("output_tokens", "usage.completion_tokens"). Throws
/// UserError naming the nearest field.
void set_prompt_field(PromptFields& fields, const std::string& field, const std::string& value);

}  // namespace pigou
