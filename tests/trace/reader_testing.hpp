// What the tests of readers share: the bundled miniatures, errors in words, label columns.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "trace/reader.hpp"
#include "trace/trace_testing.hpp"

namespace pigou::testing {

inline std::string miniature(const std::string& name) {
  return source_root() + "/traces/miniatures/" + name;
}

inline void expect_words(const std::string& message, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "no '" << word << "' in: " << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

inline std::string read_error(const std::string& path, const ReadOptions& options = {}) {
  return error_of([&] { read_trace(path, options); });
}

/// Reads a file of this text with the error it gives, or "" when it is read.
inline std::string text_error(const std::string& name, const std::string& text,
                              const ReadOptions& options = {}) {
  const ScratchFolder folder;
  return read_error(folder.write(name, text), options);
}

/// The words of a label per row; "-" where a row has none; empty without the label.
inline std::vector<std::string> words_of(const Trace& trace, const char* name) {
  std::vector<std::string> words;
  const LabelColumn* const label = trace.label(name);
  if (label == nullptr) return words;
  for (const std::uint32_t code : label->code)
    words.push_back(code == kNoIndex ? "-" : label->values[code]);
  return words;
}

/// "kind: count" of what was passed over.
inline std::vector<std::string> passed_over(const Trace& trace) {
  std::vector<std::string> words;
  for (const PassedOver& entry : trace.passed_over)
    words.push_back(entry.kind + ": " + std::to_string(entry.count));
  return words;
}

/// Times in milliseconds, rounded down; -1 for what was not recorded.
inline std::vector<std::int64_t> milliseconds(const std::vector<SimTime>& times) {
  std::vector<std::int64_t> all;
  for (const SimTime time : times) all.push_back(time.ps < 0 ? -1 : time.ps / kPsPerMillisecond);
  return all;
}

/// `text` with the first `from` replaced by `to`; the test fails when there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "no '" << from << "'";
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace pigou::testing
