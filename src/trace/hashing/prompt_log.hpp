// Logs that hold prompts: their rows, and what is left of them once prompts are hashed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/output_file.hpp"
#include "trace/hashing/blocks.hpp"
#include "trace/hashing/prompt_fields.hpp"

namespace pigou {

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
