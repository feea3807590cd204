// What `pigou trace hash` writes: JSONL with keyed block hashes of any size, and what the log
// recorded of each request.
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_documents.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/named_csv.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

class HashedReader {
 public:
  explicit HashedReader(std::uint32_t block_tokens)
      : block_tokens_(block_tokens), builder_("hashed", block_tokens) {
    builder_.trace().add_label("instance");
    sessions_.emplace(builder_.trace(), "session");
  }

  void add_row(const RowPlace& place, const JsonElement& document);
  void skip() {
    builder_.drop_open_row();
    builder_.count_skipped();
  }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  std::uint32_t block_tokens_;
  OpenLoopBuilder builder_;
  std::optional<LabelWords> sessions_;
  std::unordered_map<std::string, std::uint32_t> latest_;  ///< row of each session
};

std::uint32_t block_size(const RowPlace& place, const JsonElement& document) {
  const std::uint32_t tokens = token_value(
      place, "block_tokens", required(place, row_object(place, document), "block_tokens"));
  if (tokens == 0 || tokens > 1'000'000)
    reject_row(place, "field 'block_tokens' is " + std::to_string(tokens),
               "1 to 1,000,000 tokens are expected");
  return tokens;
}

void HashedReader::add_row(const RowPlace& place, const JsonElement& document) {
  const JsonObject object = row_object(place, document);
  const TimeStamp stamp =
      time_value(place, "arrival_s", required(place, object, "arrival_s"), TimeUnit::kSecond);
  const std::uint32_t input =
      token_value(place, "input_tokens", required(place, object, "input_tokens"));
  const std::uint32_t output =
      token_value(place, "output_tokens", required(place, object, "output_tokens"));
  if (block_size(place, document) != block_tokens_)
    reject_row(place, "field 'block_tokens' differs from the first row's",
               std::to_string(block_tokens_) + " is expected in all rows");
  MeasuredRow recorded;
  std::string_view instance;
  std::string session;
  JsonElement element;
  if (present(object, "recorded_ttft_s", element))
    recorded.ttft = duration_value(place, "recorded_ttft_s", element, TimeUnit::kSecond);
  if (present(object, "recorded_e2e_s", element))
    recorded.service = duration_value(place, "recorded_e2e_s", element, TimeUnit::kSecond);
  if (present(object, "cached_tokens", element))
    recorded.cached_tokens = cached_value(place, "cached_tokens", element, input);
  if (present(object, "instance", element)) instance = word_value(place, "instance", element);
  if (present(object, "session", element)) session = word_value(place, "session", element);
  for (const JsonElement id : id_array(place, "hash_ids", required(place, object, "hash_ids")))
    builder_.add_block(id_value(place, "hash_ids", id));
  check_block_count(place, "hash_ids", builder_.open_blocks(), input, block_tokens_);
  Trace& trace = builder_.trace();
  const auto row = static_cast<std::uint32_t>(trace.rows());
  builder_.add_row(stamp, input, output);
  add_measured(trace, recorded);
  add_word(trace.labels.front(), instance);
  sessions_->add(session);
  std::uint32_t previous = kNoIndex;
  if (!session.empty()) {
    const auto [found, fresh] = latest_.emplace(session, row);
    if (!fresh) previous = std::exchange(found->second, row);
  }
  trace.previous_turn.push_back(previous);
}

Trace HashedReader::finish(const std::string& path, const ReadOptions& options) {
  Trace trace = builder_.finish(path, options);
  for (std::uint32_t row = 0; row < trace.rows(); ++row) {
    std::uint32_t& previous = trace.previous_turn[row];
    if (previous != kNoIndex && !(previous < row && trace.can_continue(previous, row)))
      previous = kNoIndex;  // the session edited its history
  }
  drop_empty_columns(trace);
  return trace;
}

Trace read_hashed(const std::string& path, const ReadOptions& options) {
  std::optional<HashedReader> reader;
  std::uint64_t skipped = 0;
  read_json_lines(path, options,
                  {.row =
                       [&](const RowPlace& place, const JsonElement& row) {
                         if (!reader) reader.emplace(block_size(place, row));
                         reader->add_row(place, row);
                       },
                   .skip =
                       [&] {
                         if (reader)
                           reader->skip();
                         else
                           ++skipped;
                       }},
                  "one JSON object per line is expected");
  if (!reader)
    throw UserError("'" + path + "' has no usable row",
                    skipped > 0 ? "all of its rows are broken" : "it has no rows at all",
                    "check the file and the format");
  Trace trace = reader->finish(path, options);
  trace.skipped_rows += skipped;
  return trace;
}

}  // namespace

TraceFormat hashed_format() {
  return {
      .name = "hashed",
      .sentence = "JSONL of pigou trace hash: keyed block ids of any size, recorded latencies",
      .fits =
          [](const FileSample& file) {
            return file.text.starts_with('{') && file.first_line_has("\"block_tokens\"") &&
                   file.first_line_has("\"arrival_s\": \"") &&  // as text: generic's are numbers
                   file.first_line_has("\"output_tokens\"");
          },
      .read = read_hashed};
}

}  // namespace pigou
