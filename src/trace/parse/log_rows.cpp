#include "trace/parse/log_rows.hpp"

#include <algorithm>

#include "trace/parse/python_text.hpp"

namespace pigou {
namespace {

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit depends on every bit.
std::uint64_t mixed(std::uint64_t bits) {
  bits += 0x9e3779b97f4a7c15ULL;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
  return bits ^ (bits >> 31);
}

}  // namespace

bool begins_as_json(std::string_view text) {
  if (text.starts_with('{')) return true;
  const std::size_t inside = text.find_first_not_of(" \t\r\n", 1);
  return text.starts_with('[') && inside != std::string_view::npos &&
         (text[inside] == '{' || text[inside] == '"');
}

std::optional<LoggedTokens> logged_tokens(std::string_view list) {
  LoggedTokens tokens;
  std::uint64_t hash = 0, count = 0;
  const bool whole = for_each_python_whole(list, [&](std::uint64_t token) {
    hash = mixed(hash ^ mixed(token));
    if (++count % kLogBlockTokens == 0) tokens.blocks.push_back(hash);
  });
  if (!whole || count > kMaxTokens) return std::nullopt;
  tokens.count = static_cast<std::uint32_t>(count);
  return tokens;
}

SimTime time_between(const LogTime& from, const LogTime& to) {
  SimTime time;
  if (!stamp_difference(to.stamp, from.stamp, time) || time < SimTime{}) return kNotMeasured;
  return time;
}

Trace build_log_trace(const std::string& format, const std::string& path,
                      const ReadOptions& options, const std::vector<LogRow>& rows,
                      std::uint64_t skipped) {
  const bool shown =
      std::ranges::any_of(rows, [](const LogRow& row) { return !row.blocks.empty(); });
  OpenLoopBuilder builder(format, shown ? kLogBlockTokens : 0);
  if (std::ranges::all_of(rows, [](const LogRow& row) { return row.time.utc; }))
    builder.times_are_calendar();
  builder.trace().skipped_rows = skipped;
  for (const char* const name : {"instance", "finish"}) builder.trace().add_label(name);
  for (const LogRow& row : rows) {
    for (const std::uint64_t block : row.blocks) builder.add_block(block);
    builder.add_row(row.time.stamp, row.input, row.output);
    add_measured(builder.trace(), row.recorded);
    add_word(builder.trace().labels[0], row.instance);
    add_word(builder.trace().labels[1], row.finish);
  }
  Trace trace = builder.finish(path, options);
  drop_empty_columns(trace);
  return trace;
}

}  // namespace pigou
