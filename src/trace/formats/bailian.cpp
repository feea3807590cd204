// Qwen-Bailian JSONL: chat_id, parent_chat_id, timestamp (s), lengths, type, turn and the ids of
// 16-token blocks. A parent is the turn before.
#include <unordered_map>

#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_documents.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/open_loop.hpp"
#include "trace/parse/text_writers.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kBlockTokens = 16;

std::int64_t chat_value(const RowPlace& place, std::string_view field, const JsonElement& element) {
  std::int64_t chat = 0;
  if (element.get(chat) != simdjson::SUCCESS || chat < -1)
    reject_row(place, "field '" + std::string(field) + "' is " + describe_json(element),
               "a whole number is expected, -1 for none");
  return chat;
}

class BailianReader {
 public:
  BailianReader() : builder_("bailian", kBlockTokens) { builder_.trace().add_label("kind"); }

  void add_row(const RowPlace& place, const JsonElement& document);
  void skip() {
    builder_.drop_open_row();
    builder_.count_skipped();
  }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  OpenLoopBuilder builder_;
  std::unordered_map<std::int64_t, std::uint32_t> row_of_chat_;  ///< the latest of each
  std::vector<std::int64_t> parent_;                             ///< per row in file order
};

void BailianReader::add_row(const RowPlace& place, const JsonElement& document) {
  const JsonObject object = row_object(place, document);
  const std::int64_t chat = chat_value(place, "chat_id", required(place, object, "chat_id"));
  const TimeStamp stamp =
      time_value(place, "timestamp", required(place, object, "timestamp"), TimeUnit::kSecond);
  const std::uint32_t input =
      token_value(place, "input_length", required(place, object, "input_length"));
  const std::uint32_t output =
      token_value(place, "output_length", required(place, object, "output_length"));
  std::int64_t parent = -1;
  std::string_view kind;
  JsonElement element;
  if (present(object, "parent_chat_id", element))
    parent = chat_value(place, "parent_chat_id", element);
  if (present(object, "type", element)) kind = word_value(place, "type", element);
  const JsonElement ids = required(place, object, "hash_ids");
  for (const JsonElement id : id_array(place, "hash_ids", ids))
    builder_.add_block(id_value(place, "hash_ids", id));
  check_block_count(place, "hash_ids", builder_.open_blocks(), input, kBlockTokens);
  row_of_chat_[chat] = static_cast<std::uint32_t>(parent_.size());
  parent_.push_back(parent);
  builder_.add_row(stamp, input, output);
  add_word(builder_.trace().labels.front(), kind);
}

Trace BailianReader::finish(const std::string& path, const ReadOptions& options) {
  Trace& rows = builder_.trace();
  for (const std::int64_t parent : parent_) {
    const auto found = parent < 0 ? row_of_chat_.end() : row_of_chat_.find(parent);
    rows.previous_turn.push_back(found == row_of_chat_.end() ? kNoIndex : found->second);
  }
  Trace trace = builder_.finish(path, options);
  std::uint64_t rejected = 0;
  for (std::uint32_t row = 0; row < trace.rows(); ++row) {
    std::uint32_t& previous = trace.previous_turn[row];
    if (previous == kNoIndex || (previous < row && trace.can_continue(previous, row))) continue;
    previous = kNoIndex;
    ++rejected;
  }
  if (rejected > 0) trace.pass_over("parent links that the prompts do not bear out", rejected);
  drop_empty_columns(trace);
  return trace;
}

Trace read_bailian(const std::string& path, const ReadOptions& options) {
  BailianReader reader;
  read_json_lines(
      path, options,
      {.row = [&](const RowPlace& place, const JsonElement& row) { reader.add_row(place, row); },
       .skip = [&] { reader.skip(); }},
      "one JSON object per line is expected");
  return reader.finish(path, options);
}

}  // namespace

TraceFormat bailian_format() {
  return {.name = "bailian",
          .sentence = "Qwen-Bailian JSONL: times, lengths, turns and 16-token block ids",
          .fits =
              [](const FileSample& file) {
                return file.text.starts_with('{') && file.first_line_has("\"chat_id\"") &&
                       file.first_line_has("\"hash_ids\"");
              },
          .read = read_bailian,
          .write = write_bailian,
          .holds = {.arrival_step = {kPsPerMicrosecond},
                    .blocks = true,
                    .block_tokens = kBlockTokens,
                    .previous_turn = true,
                    .labels = {"kind"}}};
}

}  // namespace pigou
