// Logs that hold prompts: their rows, and what is left of them once prompts are hashed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_file.hpp"
#include "trace/hashing/blocks.hpp"
#include "trace/time_stamp.hpp"

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

struct HashOptions {
  BlockCut cut;
  PromptFields fields;
  bool lenient = false;  ///< skip and count broken rows
};

struct HashReport {
  std::uint64_t rows = 0;
  std::uint64_t skipped = 0;
  std::uint64_t ids = 0;
  std::uint64_t text_rows = 0;  ///< rows without token ids
  /// Of the text rows for which the log counts the tokens itself.
  std::uint64_t counted_bytes = 0, counted_tokens = 0;
};

/// Reads the JSONL log at `path`, plain or gzip, and writes the trace without its words to
/// `target`, in the format of docs/formats/hashed.md: whole or not at all, in memory bounded by the
/// longest line. `tick` is called for every row and may throw to stop. Throws UserError, in whose
/// text no value of a row appears.
HashReport hash_prompts(const std::string& path, const OutputTarget& target, const HashKey& key,
                        const HashOptions& options, const std::function<void()>& tick);

}  // namespace pigou
