// Request lines in the log of an SGLang server started with --log-requests, as text or JSON.
#include <sstream>
#include <unordered_map>

#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_fields.hpp"
#include "trace/parse/log_rows.hpp"
#include "trace/parse/python_text.hpp"

namespace pigou {
namespace {

constexpr std::size_t kPrefix = 256;  ///< words further in belong to a prompt

/// What a line says of a request. Values come as text from both forms of the log; JSON's scalars
/// read as Python's but for null, true and false.
class LoggedRequest {
 public:
  explicit LoggedRequest(const RowPlace& place) : place_(place) {}

  /// A field of obj or of out's meta_info.
  void take(std::string_view key, std::string_view value);

  std::vector<std::string> ids;  ///< several in a batch
  std::optional<std::uint32_t> prompt_tokens, completion_tokens, cached_tokens;
  std::optional<LoggedTokens> prompt;
  std::optional<TimeStamp> received, first_sent;  ///< since 1970
  SimTime e2e_latency = kNotMeasured;
  bool streamed = false;
  std::string finish, dp_rank;

 private:
  std::uint32_t tokens(std::string_view key, std::string_view value) const;
  TimeStamp time(std::string_view key, std::string_view value) const;

  const RowPlace& place_;
};

std::uint32_t LoggedRequest::tokens(std::string_view key, std::string_view value) const {
  const auto number = python_whole(value);
  if (!number || *number > kMaxTokens) reject_tokens(place_, key, value.substr(0, 40));
  return static_cast<std::uint32_t>(*number);
}

TimeStamp LoggedRequest::time(std::string_view key, std::string_view value) const {
  TimeStamp stamp;
  if (!stamp_from_text(value, TimeUnit::kSecond, stamp) || stamp.seconds < 0)
    reject_time(place_, key, value.substr(0, 40), "a time of 0 or more");
  return stamp;
}

void LoggedRequest::take(std::string_view key, std::string_view value) {
  if (value == "None" || value == "null") return;
  if (key == "rid" || key == "id") {
    ids.clear();
    for (std::size_t at = value.find_first_of("'\""); at < value.size();) {
      const std::size_t end = std::min(value.find(value[at], at + 1), value.size());
      ids.emplace_back(value.substr(at + 1, end - at - 1));
      at = value.find_first_of("'\"", std::min(end + 1, value.size()));
    }
  } else if (key == "prompt_tokens") {
    prompt_tokens = tokens(key, value);
  } else if (key == "completion_tokens") {
    completion_tokens = tokens(key, value);
  } else if (key == "cached_tokens") {
    cached_tokens = tokens(key, value);
  } else if (key == "input_ids") {
    prompt = logged_tokens(value);
  } else if (key == "request_received_ts") {
    received = time(key, value);
  } else if (key == "response_sent_to_client_ts") {
    first_sent = time(key, value);
  } else if (key == "e2e_latency") {
    if (!stamp_difference(time(key, value), {}, e2e_latency))
      reject_time(place_, key, value.substr(0, 40), "a time of at most 53 days");
  } else if (key == "stream") {
    streamed = value == "True" || value == "true";
  } else if (key == "dp_rank") {
    dp_rank = value.substr(0, 20);
  }
}

class SglangLogReader {
 public:
  void read_line(const RowPlace& place, std::string_view line);
  void skip() { ++skipped_; }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  /// A row with both times it may have come at.
  struct Row {
    LogRow row;
    std::optional<LogTime> by_lines, by_server;
  };

  bool read_text(const RowPlace& place, std::string_view line, const std::optional<LogTime>& time);
  bool read_json(const RowPlace& place, std::string_view line, const std::optional<LogTime>& time);
  void receive(const LoggedRequest& request, const std::optional<LogTime>& time);
  void end(const RowPlace& place, const LoggedRequest& request, const std::optional<LogTime>& time);
  std::vector<LogRow> timed_rows(const std::string& path);

  LogClock clock_;
  JsonParser parser_;
  std::unordered_map<std::string, std::optional<LogTime>> waiting_;  ///< received, by id
  std::vector<Row> rows_;
  Trace counts_;  ///< of what is passed over
  std::uint64_t skipped_ = 0;
};

TimeStamp earlier(TimeStamp stamp, SimTime by) {
  stamp.seconds -= by.ps / kPsPerSecond;
  stamp.ps -= by.ps % kPsPerSecond;
  if (stamp.ps < 0) {
    stamp.ps += kPsPerSecond;
    --stamp.seconds;
  }
  return stamp;
}

void SglangLogReader::receive(const LoggedRequest& request, const std::optional<LogTime>& time) {
  for (const std::string& id : request.ids) waiting_[id] = time;
}

void SglangLogReader::end(const RowPlace& place, const LoggedRequest& request,
                          const std::optional<LogTime>& time) {
  if (!request.ids.empty() && request.ids.front().starts_with("HEALTH_CHECK")) {
    waiting_.erase(request.ids.front());
    return counts_.pass_over("health checks");
  }
  if (!request.prompt_tokens) reject_missing(place, "prompt_tokens");
  if (!request.completion_tokens) reject_missing(place, "completion_tokens");
  Row row;
  row.row.input = *request.prompt_tokens;
  row.row.output = *request.completion_tokens;
  row.row.finish = request.finish;
  row.row.instance = request.dp_rank;
  row.row.recorded.service = request.e2e_latency;
  if (request.cached_tokens && *request.cached_tokens <= row.row.input)
    row.row.recorded.cached_tokens = static_cast<std::int32_t>(*request.cached_tokens);
  if (request.prompt && request.prompt->count == row.row.input)
    row.row.blocks = request.prompt->blocks;
  if (request.received)
    row.by_server =
        LogTime{.stamp = *request.received, .utc = true, .dated = true, .fraction = true};
  if (request.received && request.first_sent && request.streamed)
    row.row.recorded.ttft = time_between(*row.by_server, LogTime{.stamp = *request.first_sent});
  const auto received = request.ids.empty() ? waiting_.end() : waiting_.find(request.ids.front());
  if (received != waiting_.end()) {
    row.by_lines = received->second;
    waiting_.erase(received);
  } else if (time && request.e2e_latency != kNotMeasured) {
    row.by_lines = time;
    row.by_lines->stamp = earlier(time->stamp, request.e2e_latency);
  }
  if (!row.by_lines && !row.by_server)
    reject_row(place, "when the request came is not known",
               "its Receive line, a time on this line, or request_received_ts tells");
  rows_.push_back(std::move(row));
}

/// "Receive: obj=GenerateReqInput(...)", "Finish: obj=GenerateReqInput(...), out={...}".
bool SglangLogReader::read_text(const RowPlace& place, std::string_view line,
                                const std::optional<LogTime>& time) {
  const std::string_view head = line.substr(0, kPrefix);
  std::size_t at = head.find("Finish: obj=");
  const bool ended = at != std::string_view::npos;
  if (!ended) at = head.find("Receive: obj=");
  if (at == std::string_view::npos) return false;
  LoggedRequest request(place);
  bool generates = true;
  const auto take = [&request](std::string_view key, std::string_view value) {
    if (key == "finish_reason") {
      if (const auto type = python_item(value, "type"); type && python_string(*type))
        request.finish = python_string(*type)->substr(0, 40);
    } else {
      request.take(key, value);
    }
  };
  const auto part = [&](std::string_view key, std::string_view value) {
    if (key == "obj") {
      generates = value.starts_with("GenerateReqInput");
      if (generates) for_each_python_item(value, take);
    } else if (key == "out" && generates) {
      if (const auto meta = python_item(value, "meta_info")) for_each_python_item(*meta, take);
    }
  };
  if (!for_each_python_entry(line.substr(at + (ended ? 8 : 9)), part))
    reject_row(place, "the line ends inside a value",
               "what collects logs may have cut it, to 16 KiB for instance");
  if (!generates)
    counts_.pass_over("lines of other than generate requests");
  else if (ended)
    end(place, request, time);
  else
    receive(request, time);
  return true;
}

/// Scalars and lists as text; what is nested deeper stays out.
void take_fields(const JsonObject& object, LoggedRequest& request) {
  std::ostringstream text;
  for (const auto field : object) {
    if (field.value.is_object()) continue;
    text.str("");
    text << simdjson::minify(field.value);
    request.take(field.key, text.view());
  }
}

/// {"timestamp": ..., "event": "request.finished", "rid": ..., "obj": {...}, "out": {...}}
bool SglangLogReader::read_json(const RowPlace& place, std::string_view line,
                                const std::optional<LogTime>& time) {
  const std::size_t begin = line.substr(0, kPrefix).find('{');
  if (begin == std::string_view::npos ||
      line.substr(begin, kPrefix).find("\"event\": \"request.") == std::string_view::npos)
    return false;
  JsonElement document, element;
  const char* fault = nullptr;
  if (!parser_.parse(line.substr(begin), document, fault))
    reject_row(place, std::string("broken JSON, ") + fault,
               "what collects logs may have cut it, to 16 KiB for instance");
  const JsonObject record = row_object(place, document);
  const auto event = word_value(place, "event", required(place, record, "event"));
  const bool ended = event == "request.finished";
  if (!ended && event != "request.received") return false;
  LoggedRequest request(place);
  if (const auto object = object_field(place, record, "obj")) take_fields(*object, request);
  if (present(record, "rid", element)) {
    std::ostringstream text;
    text << simdjson::minify(element);
    request.take("rid", text.view());
  }
  if (!ended) {
    receive(request, time);
    return true;
  }
  const auto out = object_field(place, record, "out");
  const auto meta = out ? object_field(place, *out, "meta_info") : std::nullopt;
  if (!meta) reject_missing(place, "meta_info");
  take_fields(*meta, request);
  if (const auto reason = object_field(place, *meta, "finish_reason"))
    if (present(*reason, "type", element))
      request.finish = word_value(place, "type", element).substr(0, 40);
  end(place, request, time);
  return true;
}

void SglangLogReader::read_line(const RowPlace& place, std::string_view line) {
  const auto time = clock_.time_of(line);
  if (!read_text(place, line, time) && !read_json(place, line, time))
    counts_.pass_over("other lines");
}

/// By the server's clock where every row has it: lines tell whole seconds, and local time.
std::vector<LogRow> SglangLogReader::timed_rows(const std::string& path) {
  bool by_server = true, by_lines = true;
  for (const Row& row : rows_) {
    by_server = by_server && row.by_server;
    by_lines = by_lines && row.by_lines;
  }
  if (!by_server && !by_lines)
    throw UserError("'" + path + "' tells times in two ways",
                    "some requests show request_received_ts, others only have times on their lines",
                    "split the file where they change");
  std::vector<LogRow> rows;
  for (Row& row : rows_) {
    rows.push_back(std::move(row.row));
    rows.back().time = by_server ? *row.by_server : *row.by_lines;
  }
  return rows;
}

Trace SglangLogReader::finish(const std::string& path, const ReadOptions& options) {
  if (rows_.empty() && skipped_ == 0)
    throw UserError("'" + path + "' shows no request that ended",
                    "no line says 'Finish: obj=GenerateReqInput(...)' or \"request.finished\"",
                    "start SGLang with --log-requests");
  Trace trace = build_log_trace("sglang-log", path, options, timed_rows(path), skipped_);
  if (!waiting_.empty()) counts_.pass_over("requests that had not ended", waiting_.size());
  trace.passed_over = std::move(counts_.passed_over);
  return trace;
}

Trace read_sglang_log(const std::string& path, const ReadOptions& options) {
  SglangLogReader reader;
  read_log_lines(path, options, reader);
  return reader.finish(path, options);
}

}  // namespace

TraceFormat sglang_log_format() {
  return {.name = "sglang-log",
          .sentence = "log of an SGLang server with its request lines, text or JSON",
          .fits =
              [](const FileSample& file) {
                if (file.contains("\"event\": \"request.")) return true;
                return !begins_as_json(file.text) &&
                       (file.contains("Receive: obj=") || file.contains("Finish: obj=") ||
                        file.contains("server_args=ServerArgs("));
              },
          .read = read_sglang_log};
}

}  // namespace pigou
