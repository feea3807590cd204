// Request lines in the log of a vLLM server: who was received, who answered what, who ended.
#include <unordered_map>

#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/log_rows.hpp"
#include "trace/parse/python_text.hpp"

namespace pigou {
namespace {

constexpr std::size_t kPrefix = 256;  ///< words further in belong to a prompt

struct Request {
  LogTime received;
  std::optional<LogTime> first_delta, ended;
  std::optional<LoggedTokens> prompt;
  std::optional<std::uint64_t> max_tokens;  ///< of the answer
  std::uint64_t output = 0;                 ///< tokens of the answer seen so far
  bool counted = false;                     ///< `output` is the whole answer once it has ended
  bool full_length = false;                 ///< the answer has max_tokens if it ends at all
  bool failed = false;
  bool parallel = false;  ///< asks for several answers
  std::string finish;
};

class VllmLogReader {
 public:
  void read_line(const RowPlace& place, std::string_view line);
  void skip() { ++skipped_; }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  void receive(const LogTime& time, std::string_view rest);
  void show_prompt(std::string_view rest);
  void generate(const LogTime& time, std::string_view rest);
  void end(const LogTime& time, std::string_view rest);
  void fail(std::string_view id);
  Request* find(std::string_view id);
  void read_params(Request& request, std::string_view params);
  void read_entries(std::string_view text, const PythonEntry& entry) const;
  void add_row(Request& request, std::vector<LogRow>& rows);

  std::optional<RowPlace> place_;  ///< of the line being read
  LogClock clock_;
  std::vector<Request> requests_;
  std::unordered_map<std::string, std::size_t> latest_;         ///< request of an id
  std::unordered_map<std::string, LoggedTokens> early_prompt_;  ///< shown before it was received
  Trace counts_;                                                ///< of what is passed over
  std::uint64_t skipped_ = 0;
};

/// The word before the first blank, without the ':' or '.' behind it; `rest` begins after it.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (word.ends_with(':') || word.ends_with('.')) word.remove_suffix(1);
  return word;
}

void VllmLogReader::read_entries(std::string_view text, const PythonEntry& entry) const {
  if (!for_each_python_entry(text, entry))
    reject_row(*place_, "the line ends inside a value",
               "what collects logs may have cut it, to 16 KiB for instance");
}

Request* VllmLogReader::find(std::string_view id) {
  const auto found = latest_.find(std::string(id));
  return found == latest_.end() ? nullptr : &requests_[found->second];
}

/// An answer has its full length if the end-of-sequence token is ignored or cannot come sooner.
void VllmLogReader::read_params(Request& request, std::string_view params) {
  std::optional<std::uint64_t> min_tokens;
  for_each_python_item(params, [&](std::string_view key, std::string_view value) {
    if (key == "max_tokens") request.max_tokens = python_whole(value);
    if (key == "min_tokens") min_tokens = python_whole(value);
    if (key == "ignore_eos") request.full_length = value == "True";
    if (key == "n") request.parallel = value != "1";
  });
  if (!request.max_tokens || *request.max_tokens > kMaxTokens) request.max_tokens.reset();
  if (!request.max_tokens)
    request.full_length = false;
  else if (*request.max_tokens <= 1 || min_tokens == request.max_tokens)
    request.full_length = true;
}

void VllmLogReader::receive(const LogTime& time, std::string_view rest) {
  const std::string id(take_word(rest));
  Request request;
  request.received = time;
  bool pooling = false;
  read_entries(rest, [&](std::string_view key, std::string_view value) {
    if (key == "prompt_token_ids") request.prompt = logged_tokens(value);
    if (key != "params" && key != "sampling_params") return;
    pooling = value.starts_with("PoolingParams");
    read_params(request, value);
  });
  if (pooling) return counts_.pass_over("pooling requests");
  if (const auto early = early_prompt_.extract(id); !early.empty())
    request.prompt = std::move(early.mapped());
  latest_[id] = requests_.size();
  requests_.push_back(std::move(request));
}

/// "Request ID details: ..." comes at the level DEBUG, before "Received request ID".
void VllmLogReader::show_prompt(std::string_view rest) {
  const std::string id(take_word(rest));
  if (take_word(rest) != "details") {
    // "aborted", "failed", "failed (bad request)"
    return fail(id);
  }
  read_entries(rest, [&](std::string_view key, std::string_view value) {
    if (key != "prompt_token_ids") return;
    if (auto tokens = logged_tokens(value)) early_prompt_[id] = std::move(*tokens);
  });
}

/// "Generated response ID[ (streaming delta|complete)][ details]: ..."
void VllmLogReader::generate(const LogTime& time, std::string_view rest) {
  Request* const request = find(take_word(rest));
  if (request == nullptr) return counts_.pass_over("answers to requests received before the log");
  const bool delta = rest.starts_with("(streaming delta)");
  if (rest.starts_with("(streaming ")) take_word(rest), take_word(rest);
  const bool details = rest.starts_with("details: ");
  if (details) take_word(rest);
  read_entries(rest, [&](std::string_view key, std::string_view value) {
    if (key == "finish_reason" && value != "None" && value != "streaming_complete")
      request->finish = value.substr(0, 40);
    if (key != "output_token_ids") return;
    const auto tokens = logged_tokens(value);
    if (!tokens) return;
    request->output += tokens->count;
    request->counted = true;
  });
  if (details) return;
  if (delta && !request->first_delta) request->first_delta = time;
  if (!delta) request->ended = time;
}

void VllmLogReader::end(const LogTime& time, std::string_view rest) {
  if (Request* const request = find(take_word(rest))) request->ended = time;
}

void VllmLogReader::fail(std::string_view id) {
  if (Request* const request = find(id)) request->failed = true;
}

void VllmLogReader::read_line(const RowPlace& place, std::string_view line) {
  place_.emplace(place);
  const auto time = clock_.time_of(line);
  const std::string_view head = line.substr(0, kPrefix);
  const auto after = [&](std::string_view word) {
    const std::size_t at = head.find(word);
    // What a client sent stands in quotes.
    const bool found = at != std::string_view::npos &&
                       head.substr(0, at).find_first_of("'\"") == std::string_view::npos;
    return found ? line.substr(at + word.size()) : std::string_view();
  };
  const std::string_view received = after("Received request ");
  const std::string_view generated = after("Generated response ");
  if (!time && !(received.empty() && generated.empty()))
    reject_row(place, "neither this line nor one before it has a time",
               "vLLM begins a line with INFO and a time such as 07-31 23:59:59");
  if (!received.empty()) return receive(*time, received);
  if (!generated.empty()) return generate(*time, generated);
  if (const auto rest = after("Finished request "); !rest.empty() && time) return end(*time, rest);
  if (auto rest = after("Aborted request "); !rest.empty()) return fail(take_word(rest));
  if (const auto rest = after("] Request "); !rest.empty()) return show_prompt(rest);
  counts_.pass_over("other lines");
}

void VllmLogReader::add_row(Request& request, std::vector<LogRow>& rows) {
  if (request.failed) return counts_.pass_over("aborted or failed requests");
  if (request.parallel) return counts_.pass_over("requests for several answers");
  if (!request.prompt) return counts_.pass_over("requests whose prompt length is not shown");
  LogRow row;
  row.time = request.received;
  row.input = request.prompt->count;
  if (request.counted && request.ended && request.output <= kMaxTokens)
    row.output = static_cast<std::uint32_t>(request.output);
  else if (request.full_length)
    row.output = static_cast<std::uint32_t>(*request.max_tokens);
  else
    return counts_.pass_over("requests whose answer's length is not shown");
  if (request.ended) row.recorded.service = time_between(request.received, *request.ended);
  // A first token is sooner there than a clock of whole seconds can tell.
  if (request.first_delta && request.received.fraction && request.first_delta->fraction)
    row.recorded.ttft = time_between(request.received, *request.first_delta);
  row.blocks = std::move(request.prompt->blocks);
  row.finish = request.finish;
  rows.push_back(std::move(row));
}

Trace VllmLogReader::finish(const std::string& path, const ReadOptions& options) {
  std::vector<LogRow> rows;
  for (Request& request : requests_) add_row(request, rows);
  if (requests_.empty() && skipped_ == 0)
    throw UserError("'" + path + "' shows no request",
                    "no line says 'Received request ...: ... params: SamplingParams(...)'",
                    "start vLLM with --enable-log-requests");
  if (rows.empty() && skipped_ == 0)
    throw UserError("'" + path + "' shows no request with both its lengths",
                    "token ids of prompts and answers are what Pigou counts; " +
                        std::to_string(requests_.size()) + " requests lack either or were aborted",
                    "log with --enable-log-outputs and VLLM_LOGGING_LEVEL=DEBUG, or export "
                    "OpenTelemetry spans");
  Trace trace = build_log_trace("vllm-log", path, options, rows, skipped_);
  trace.passed_over = std::move(counts_.passed_over);
  return trace;
}

Trace read_vllm_log(const std::string& path, const ReadOptions& options) {
  VllmLogReader reader;
  read_log_lines(path, options, reader);
  return reader.finish(path, options);
}

}  // namespace

TraceFormat vllm_log_format() {
  return {.name = "vllm-log",
          .sentence = "log of a vLLM server with its request lines",
          .fits =
              [](const FileSample& file) {
                return !begins_as_json(file.text) &&
                       (file.contains("Received request ") || file.contains("vLLM API server") ||
                        file.contains("Generated response "));
              },
          .read = read_vllm_log};
}

}  // namespace pigou
