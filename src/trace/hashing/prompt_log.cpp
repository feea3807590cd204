#include "trace/hashing/prompt_log.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "core/error.hpp"
#include "io/output_file.hpp"
#include "trace/hashing/chat_text.hpp"
#include "trace/parse/json_documents.hpp"
#include "trace/parse/measured.hpp"

namespace pigou {
namespace {

using Field = PromptFields::Field;

/// What goes into a line of the hashed trace.
struct Row {
  TimeStamp arrival;
  HashedPrompt prompt;
  std::uint64_t output_tokens = 0;
  MeasuredRow recorded;
  std::uint64_t session = 0;
  bool in_session = false;
  std::string instance;
};

void append(std::string& line, std::uint64_t value) {
  char digits[24];
  line.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// Whole seconds and as many decimals as say the picoseconds exactly.
void append_seconds(std::string& line, const TimeStamp& time) {
  append(line, static_cast<std::uint64_t>(time.seconds));
  if (time.ps == 0) return;
  char digits[16];
  std::snprintf(digits, sizeof digits, ".%012lld", static_cast<long long>(time.ps));
  std::string_view text(digits);
  line += text.substr(0, text.find_last_not_of('0') + 1);
}

void append_seconds(std::string& line, SimTime time) {
  append_seconds(line, TimeStamp{time.ps / kPsPerSecond, time.ps % kPsPerSecond});
}

void append_text(std::string& line, std::string_view word) {
  line += '"';
  for (const char c : word) {
    if (c == '"' || c == '\\') line += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) line += c;
  }
  line += '"';
}

std::string line_of(const Row& row, std::uint32_t block_tokens) {
  // Times are text: JSON numbers pass through doubles in too many readers.
  std::string line = "{\"arrival_s\": \"";
  append_seconds(line, row.arrival);
  line += "\", \"input_tokens\": ";
  append(line, row.prompt.tokens);
  line += ", \"output_tokens\": ";
  append(line, row.output_tokens);
  line += ", \"block_tokens\": ";
  append(line, block_tokens);
  if (row.in_session) {
    char name[24];
    std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(row.session));
    line += std::string(", \"session\": \"") + name + "\"";
  }
  if (!row.instance.empty()) {
    line += ", \"instance\": ";
    append_text(line, row.instance);
  }
  const auto time = [&](const char* name, SimTime value) {
    if (value == kNotMeasured) return;
    line.append(", \"").append(name).append("\": \"");
    append_seconds(line, value);
    line += '"';
  };
  time("recorded_ttft_s", row.recorded.ttft);
  time("recorded_e2e_s", row.recorded.service);
  if (row.recorded.cached_tokens >= 0) {
    line += ", \"cached_tokens\": ";
    append(line, static_cast<std::uint64_t>(row.recorded.cached_tokens));
  }
  line += ", \"hash_ids\": [";
  for (std::size_t i = 0; i < row.prompt.ids.size(); ++i) {
    if (i > 0) line += ", ";
    append(line, row.prompt.ids[i]);
  }
  return line + "]}\n";
}

/// Reads one row after the other; nothing it throws quotes what a row holds.
class RowHasher {
 public:
  RowHasher(const BlockHash& hash, const HashOptions& options, HashReport& report)
      : hash_(hash), options_(options), report_(report) {}

  Row read(const RowPlace& place, const JsonElement& document);

 private:
  bool find(const JsonObject& row, Field field, JsonElement& element) const;
  const std::string& key(Field field) const { return options_.fields.key[field]; }
  [[noreturn]] void reject(const RowPlace& place, Field field, const char* expected) const {
    reject_row(place, "field '" + key(field) + "' cannot be read", expected);
  }
  TimeUnit unit(Field field) const;
  TimeStamp arrival(const RowPlace& place, const JsonElement& element) const;
  SimTime duration(const RowPlace& place, Field field, const JsonElement& element) const;
  std::uint64_t count(const RowPlace& place, Field field, const JsonElement& element) const;
  bool tokens(const JsonElement& element);
  void prompt(const RowPlace& place, const JsonObject& object, Row& row);
  std::uint64_t output(const RowPlace& place, const JsonObject& object) const;
  void record(const RowPlace& place, const JsonObject& object, Row& row) const;

  const BlockHash& hash_;
  const HashOptions& options_;
  HashReport& report_;
  std::vector<std::uint64_t> tokens_;
  std::string text_;
};

bool RowHasher::find(const JsonObject& row, Field field, JsonElement& element) const {
  JsonObject object = row;
  std::string_view path = key(field);
  if (present(object, path, element)) return true;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    if (!present(object, path.substr(0, dot), element)) return false;
    if (element.get(object) != simdjson::SUCCESS) return false;
    path.remove_prefix(dot + 1);
    if (present(object, path, element)) return true;
  }
  return false;
}

TimeUnit RowHasher::unit(Field field) const {
  TimeUnit unit = TimeUnit::kSecond;
  parse_time_unit(options_.fields.unit[field], unit);
  return unit;
}

TimeStamp RowHasher::arrival(const RowPlace& place, const JsonElement& element) const {
  TimeStamp stamp;
  std::int64_t whole = 0;
  double real = 0;
  std::string_view text;
  bool good = false;
  if (element.get(text) == simdjson::SUCCESS)
    good = options_.fields.unit[Field::kArrival] == "time"
               ? stamp_from_calendar(text, stamp)
               : stamp_from_text(text, unit(Field::kArrival), stamp);
  else if (element.get(whole) == simdjson::SUCCESS)
    good = stamp_from_integer(whole, unit(Field::kArrival), stamp);
  else if (element.get(real) == simdjson::SUCCESS)
    good = stamp_from_real(real, unit(Field::kArrival), stamp);
  if (!good || stamp.seconds < 0)
    reject(place, Field::kArrival, "a time of 0 or more is expected, in the unit of --map arrival");
  return stamp;
}

SimTime RowHasher::duration(const RowPlace& place, Field field, const JsonElement& element) const {
  try {
    return duration_value(place, key(field), element, unit(field));
  } catch (const UserError&) {
    reject(place, field, "a duration of at most 53 days is expected");
  }
}

std::uint64_t RowHasher::count(const RowPlace& place, Field field,
                               const JsonElement& element) const {
  try {
    return token_value(place, key(field), element);
  } catch (const UserError&) {
    reject(place, field, "a whole number of tokens from 0 to 100,000,000 is expected");
  }
}

/// Whether the element is a list of token ids, which are then in tokens_.
bool RowHasher::tokens(const JsonElement& element) {
  JsonArray list;
  if (element.get(list) != simdjson::SUCCESS) return false;
  tokens_.clear();
  for (const JsonElement token : list) {
    std::uint64_t id = 0;
    if (token.get(id) != simdjson::SUCCESS || tokens_.size() == kMaxTokens) return false;
    tokens_.push_back(id);
  }
  return true;
}

void RowHasher::prompt(const RowPlace& place, const JsonObject& object, Row& row) {
  JsonElement element;
  std::string_view text;
  if (find(object, Field::kTokenIds, element)) {
    if (!tokens(element)) reject(place, Field::kTokenIds, "a list of token ids is expected");
    return hash_.hash_tokens(tokens_, row.prompt);
  }
  if (find(object, Field::kMessages, element)) {
    if (!chat_text(element, text_))
      reject(place, Field::kMessages, "a list of messages with role and content is expected");
    text = text_;
  } else if (!find(object, Field::kPrompt, element)) {
    reject_row(place, "it has no prompt",
               "one of '" + key(Field::kTokenIds) + "', '" + key(Field::kMessages) + "' and '" +
                   key(Field::kPrompt) + "' is expected, see --map");
  } else if (element.get(text) != simdjson::SUCCESS) {
    if (!tokens(element)) reject(place, Field::kPrompt, "text or a list of token ids is expected");
    return hash_.hash_tokens(tokens_, row.prompt);
  }
  if (hash_.tokens_of(text.size()) > kMaxTokens)
    reject(place, Field::kPrompt, "at most 100,000,000 tokens are expected");
  hash_.hash_text(text, row.prompt);
  ++report_.text_rows;
  if (!find(object, Field::kInputTokens, element)) return;
  report_.counted_tokens += count(place, Field::kInputTokens, element);
  report_.counted_bytes += text.size();
}

std::uint64_t RowHasher::output(const RowPlace& place, const JsonObject& object) const {
  JsonElement element;
  JsonArray list;
  std::string_view text;
  if (find(object, Field::kOutputTokens, element))
    return count(place, Field::kOutputTokens, element);
  if (find(object, Field::kOutputTokenIds, element)) {
    if (element.get(list) != simdjson::SUCCESS || list.size() > kMaxTokens)
      reject(place, Field::kOutputTokenIds, "a list of token ids is expected");
    return list.size();
  }
  if (!find(object, Field::kOutput, element))
    reject_row(place, "it has no output length",
               "one of '" + key(Field::kOutputTokens) + "', '" + key(Field::kOutputTokenIds) +
                   "' and '" + key(Field::kOutput) + "' is expected, see --map");
  if (element.get(text) != simdjson::SUCCESS || hash_.tokens_of(text.size()) > kMaxTokens)
    reject(place, Field::kOutput, "text is expected");
  return text.empty() ? 0 : std::max<std::uint64_t>(1, hash_.tokens_of(text.size()));
}

void RowHasher::record(const RowPlace& place, const JsonObject& object, Row& row) const {
  JsonElement element;
  std::string_view word;
  if (find(object, Field::kTtft, element))
    row.recorded.ttft = duration(place, Field::kTtft, element);
  if (find(object, Field::kE2e, element))
    row.recorded.service = duration(place, Field::kE2e, element);
  if (find(object, Field::kCachedTokens, element)) {
    // Cut to the prompt's length, which for text is an estimate.
    const auto cached = count(place, Field::kCachedTokens, element);
    row.recorded.cached_tokens =
        static_cast<std::int32_t>(std::min<std::uint64_t>(cached, row.prompt.tokens));
  }
  const auto name = [&](Field field) -> std::string {
    if (!find(object, field, element)) return {};
    std::uint64_t number = 0;
    if (element.get(number) == simdjson::SUCCESS) return std::to_string(number);
    if (element.get(word) != simdjson::SUCCESS || word.size() > 256)
      reject(place, field, "a name of at most 256 bytes or a whole number is expected");
    return std::string(word);
  };
  row.instance = name(Field::kInstance);
  const std::string session = name(Field::kSession);
  row.in_session = !session.empty();
  if (row.in_session) row.session = hash_.hash_word(session);
}

Row RowHasher::read(const RowPlace& place, const JsonElement& document) {
  JsonObject object;
  if (document.get(object) != simdjson::SUCCESS)
    reject_row(place, "it is no JSON object", "one object per line is expected");
  Row row;
  JsonElement element;
  if (!find(object, Field::kArrival, element))
    reject_row(place, "field '" + key(Field::kArrival) + "' is missing",
               "the time of arrival is expected, see --map arrival=KEY:UNIT");
  row.arrival = arrival(place, element);
  prompt(place, object, row);
  row.output_tokens = output(place, object);
  record(place, object, row);
  return row;
}

}  // namespace

HashReport hash_prompts(const std::string& path, const OutputTarget& target, const HashKey& key,
                        const HashOptions& options, const std::function<void()>& tick) {
  HashReport report;
  const BlockHash hash(key, options.cut);
  RowHasher rows(hash, options, report);
  OutputFile file(target);
  ReadOptions reading;
  reading.lenient = options.lenient;
  const auto add = [&](const RowPlace& place, const JsonElement& document) {
    tick();
    const Row row = rows.read(place, document);
    ++report.rows;
    report.ids += row.prompt.ids.size();
    file.write(line_of(row, options.cut.block_tokens));
  };
  read_json_lines(path, reading, {.row = add, .skip = [&] { ++report.skipped; }},
                  "one JSON object per line is expected");
  if (report.rows == 0)
    throw UserError("'" + path + "' has no usable row",
                    report.skipped > 0 ? "all of its rows are broken" : "it has no rows at all",
                    "check the file and --map");
  file.commit();
  return report;
}

}  // namespace pigou
