// Dynamo request trace (schema dynamo.request.trace.v1): one event per line, with what the server
// measured. With an agent's session on every request it is a closed loop, otherwise an open one.
#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_documents.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/named_csv.hpp"
#include "trace/parse/open_loop.hpp"
#include "trace/parse/sessions.hpp"

namespace pigou {
namespace {

constexpr std::string_view kSchema = "dynamo.request.trace.v1";

/// A request_end event.
struct Request {
  TimeStamp received;
  SimTime duration;  ///< until it ended
  MeasuredRow recorded;
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  std::uint32_t session = kNoIndex;
  std::uint64_t hashes_begin = 0;
  std::uint64_t hashes_end = 0;
  std::string model, worker, decode_worker;
};

class DynamoReader {
 public:
  void add_event(const RowPlace& place, const JsonElement& document);
  void skip() {
    hashes_.resize(requests_.empty() ? 0 : requests_.back().hashes_end);
    ++skipped_;
  }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  void read_lengths(const RowPlace& place, const JsonObject& object, Request& request);
  void read_times(const RowPlace& place, const JsonObject& event, const JsonObject& object,
                  Request& request);
  void read_workers(const RowPlace& place, const JsonObject& object, Request& request);
  void read_session(const RowPlace& place, const JsonObject& event, Request& request);
  std::uint32_t session_of(std::string_view id);
  void add_labels(Trace& trace) const;
  void describe_row(Trace& trace, const Request& request) const;
  Trace open_loop(const std::string& path, const ReadOptions& options) const;
  Trace sessions() const;
  void link_turns(Trace& trace, const std::vector<std::uint32_t>& order) const;
  std::vector<LoggedCall> calls() const;

  std::vector<Request> requests_;
  std::vector<std::uint64_t> hashes_;
  std::map<std::string, std::uint32_t, std::less<>> sessions_;
  std::vector<std::uint32_t> parent_;  ///< per session
  std::uint32_t block_tokens_ = 0;
  bool split_ = false;  ///< some request was prefilled and decoded by different workers
  std::uint64_t skipped_ = 0;
  Trace counts_;  ///< of what is passed over
};

std::uint32_t DynamoReader::session_of(std::string_view id) {
  const auto found = sessions_.find(id);
  if (found != sessions_.end()) return found->second;
  parent_.push_back(kNoIndex);
  const auto session = static_cast<std::uint32_t>(sessions_.size());
  sessions_.emplace(id, session);
  return session;
}

void DynamoReader::read_session(const RowPlace& place, const JsonObject& event, Request& request) {
  const auto context = object_field(place, event, "agent_context");
  if (!context) return;
  const JsonElement id = required(place, *context, "session_id");
  request.session = session_of(word_value(place, "session_id", id));
  JsonElement parent;
  if (!present(*context, "parent_session_id", parent)) return;
  parent_[request.session] = session_of(word_value(place, "parent_session_id", parent));
}

void DynamoReader::read_lengths(const RowPlace& place, const JsonObject& object, Request& request) {
  request.output = token_value(place, "output_tokens", required(place, object, "output_tokens"));
  const auto replay = object_field(place, object, "replay");
  if (!replay) {
    request.input = token_value(place, "input_tokens", required(place, object, "input_tokens"));
    return;
  }
  request.input = token_value(place, "input_length", required(place, *replay, "input_length"));
  const JsonElement size = required(place, *replay, "trace_block_size");
  const std::uint32_t tokens = token_value(place, "trace_block_size", size);
  if (tokens == 0 || (block_tokens_ != 0 && tokens != block_tokens_))
    reject_row(place, "field 'trace_block_size' is " + std::to_string(tokens),
               block_tokens_ == 0 ? "a block has tokens"
                                  : "blocks before it have " + std::to_string(block_tokens_));
  constexpr const char* kHashes = "input_sequence_hashes";
  for (const JsonElement id : id_array(place, kHashes, required(place, *replay, kHashes)))
    hashes_.push_back(id_value(place, kHashes, id));
  check_block_count(place, kHashes, hashes_.size() - request.hashes_begin, request.input, tokens);
  block_tokens_ = tokens;
}

void DynamoReader::read_times(const RowPlace& place, const JsonObject& event,
                              const JsonObject& object, Request& request) {
  const auto duration = [&](std::string_view field) {
    JsonElement element;
    if (!present(object, field, element)) return kNotMeasured;
    return duration_value(place, field, element, TimeUnit::kMillisecond);
  };
  request.recorded.service = duration("total_time_ms");
  request.recorded.ttft = duration("ttft_ms");
  JsonElement element;
  if (present(object, "cached_tokens", element))
    request.recorded.cached_tokens = cached_value(place, "cached_tokens", element, request.input);
  element = required(place, object, "request_received_ms");
  request.received = time_value(place, "request_received_ms", element, TimeUnit::kMillisecond);
  request.duration = std::max(SimTime{}, request.recorded.service);
  if (request.recorded.service != kNotMeasured) return;
  if (!present(event, "event_time_unix_ms", element)) return;
  const TimeStamp end = time_value(place, "event_time_unix_ms", element, TimeUnit::kMillisecond);
  SimTime length;
  if (!stamp_difference(end, request.received, length) || length < SimTime{})
    reject_time(place, "event_time_unix_ms", describe_json(element),
                "a time after request_received_ms");
  request.duration = length;
}

/// "7587894923333011484", or with its data-parallel rank where that is not 0: "75878.../1".
void DynamoReader::read_workers(const RowPlace& place, const JsonObject& object, Request& request) {
  const auto worker = object_field(place, object, "worker");
  if (!worker) return;
  const auto word = [&](std::string_view id_field, std::string_view rank_field) {
    JsonElement element;
    if (!present(*worker, id_field, element)) return std::string();
    std::string name = std::to_string(id_value(place, id_field, element));
    if (present(*worker, rank_field, element) && token_value(place, rank_field, element) > 0)
      name.append("/").append(std::to_string(token_value(place, rank_field, element)));
    return name;
  };
  request.worker = word("prefill_worker_id", "prefill_dp_rank");
  request.decode_worker = word("decode_worker_id", "decode_dp_rank");
  if (request.worker.empty()) request.worker = request.decode_worker;
  if (!request.decode_worker.empty() && request.decode_worker != request.worker) split_ = true;
}

void DynamoReader::add_event(const RowPlace& place, const JsonElement& document) {
  const JsonObject line = row_object(place, document);
  const JsonObject event = object_field(place, line, "event").value_or(line);
  const auto schema = word_value(place, "schema", required(place, event, "schema"));
  if (schema != kSchema)
    reject_row(place, "field 'schema' is \"" + std::string(schema) + "\"",
               std::string(kSchema) + " is expected");
  const auto type = word_value(place, "event_type", required(place, event, "event_type"));
  if (type != "request_end") {
    counts_.pass_over(std::string(type.substr(0, 40)) + " events");
    return;
  }
  const auto object = object_field(place, event, "request");
  if (!object) reject_missing(place, "request");
  if (requests_.size() + 1 >= kNoIndex)
    reject_row(place, "too many rows", "row numbers are 32 bits wide");
  Request request;
  request.hashes_begin = hashes_.size();
  read_lengths(place, *object, request);
  read_times(place, event, *object, request);
  read_workers(place, *object, request);
  JsonElement model;
  if (present(*object, "model", model)) request.model = word_value(place, "model", model);
  read_session(place, event, request);
  request.hashes_end = hashes_.size();
  requests_.push_back(std::move(request));
}

/// Times from the earliest request, which is the first after sorting.
std::vector<LoggedCall> DynamoReader::calls() const {
  std::vector<LoggedCall> all;
  for (const Request& request : requests_) {
    LoggedCall call{.begin = {}, .end = {}, .session = request.session};
    if (!stamp_difference(request.received, requests_.front().received, call.begin))
      throw UserError("the trace spans more than 53 days",
                      "simulated time is a 64-bit count of picoseconds", "split the file");
    call.end = call.begin + request.duration;
    all.push_back(call);
  }
  return all;
}

void DynamoReader::add_labels(Trace& trace) const {
  for (const char* const name : {"model", "instance", "decode_instance"}) trace.add_label(name);
}

void DynamoReader::describe_row(Trace& trace, const Request& request) const {
  add_measured(trace, request.recorded);
  add_word(trace.labels[0], request.model);
  add_word(trace.labels[1], request.worker);
  add_word(trace.labels[2], split_ ? request.decode_worker : "");
}

Trace DynamoReader::open_loop(const std::string& path, const ReadOptions& options) const {
  OpenLoopBuilder builder("dynamo", block_tokens_);
  builder.times_are_calendar();
  add_labels(builder.trace());
  LabelWords sessions(builder.trace(), "session");
  std::vector<std::string_view> names(sessions_.size());
  for (const auto& [name, number] : sessions_) names[number] = name;
  for (const Request& request : requests_) {
    for (std::uint64_t at = request.hashes_begin; at < request.hashes_end; ++at)
      builder.add_block(hashes_[at]);
    builder.add_row(request.received, request.input, request.output);
    describe_row(builder.trace(), request);
    sessions.add(request.session == kNoIndex ? "" : names[request.session]);
  }
  return builder.finish(path, options);
}

Trace DynamoReader::sessions() const {
  SessionPlan plan = arrange_sessions(calls(), parent_);
  Trace trace;
  trace.format = "dynamo";
  trace.arrival = std::move(plan.arrival);
  trace.think = std::move(plan.think);
  trace.lanes = std::move(plan.lanes);
  trace.sessions = static_cast<std::uint32_t>(plan.session_begin.size());
  trace.session_arrival = std::move(plan.session_begin);
  trace.calendar_start = requests_.front().received;
  trace.block_tokens = block_tokens_;
  if (block_tokens_ != 0) trace.block_begin.push_back(0);
  add_labels(trace);
  BlockChain chain;
  for (const std::uint32_t number : plan.order) {
    const Request& request = requests_[number];
    trace.input_tokens.push_back(request.input);
    trace.output_tokens.push_back(request.output);
    describe_row(trace, request);
    if (block_tokens_ == 0) continue;
    std::uint32_t previous = kNoIndex;
    for (std::uint64_t at = request.hashes_begin; at < request.hashes_end; ++at) {
      previous = chain.id(hashes_[at], previous);
      trace.block_ids.push_back(previous);
    }
    trace.block_begin.push_back(trace.block_ids.size());
  }
  trace.distinct_blocks = chain.distinct();
  trace.chain_conflicts = chain.conflicts();
  link_turns(trace, plan.order);
  return trace;
}

/// A call continues the one before it in its session, where the prompts bear that out.
void DynamoReader::link_turns(Trace& trace, const std::vector<std::uint32_t>& order) const {
  std::vector<std::uint32_t> row_of(order.size());
  for (std::uint32_t row = 0; row < order.size(); ++row) row_of[order[row]] = row;
  std::vector<std::uint32_t> latest(parent_.size(), kNoIndex);
  trace.previous_turn.assign(order.size(), kNoIndex);
  for (std::uint32_t number = 0; number < requests_.size(); ++number) {
    std::uint32_t& before = latest[requests_[number].session];
    const std::uint32_t row = row_of[number];
    if (before != kNoIndex && before < row && trace.block_tokens != 0 &&
        trace.input_tokens[before] >= trace.block_tokens && trace.can_continue(before, row))
      trace.previous_turn[row] = before;
    before = row;
  }
}

Trace DynamoReader::finish(const std::string& path, const ReadOptions& options) {
  if (requests_.empty())
    throw UserError("'" + path + "' has no usable request",
                    skipped_ > 0 ? "all of its events are broken" : "no event is a request_end",
                    "check the file and the format");
  // Events are written when a request ends, so their order is not that of arrival.
  std::ranges::stable_sort(requests_, {}, &Request::received);
  const bool in_sessions = std::ranges::all_of(
      requests_, [](const Request& request) { return request.session != kNoIndex; });
  Trace trace = in_sessions ? sessions() : open_loop(path, options);
  trace.passed_over = counts_.passed_over;
  trace.skipped_rows = skipped_;
  drop_empty_columns(trace);
  return trace;
}

Trace read_dynamo(const std::string& path, const ReadOptions& options) {
  DynamoReader reader;
  read_json_lines(path, options,
                  {.row = [&](const RowPlace& place,
                              const JsonElement& event) { reader.add_event(place, event); },
                   .skip = [&] { reader.skip(); }},
                  "one JSON object per line is expected");
  return reader.finish(path, options);
}

}  // namespace

TraceFormat dynamo_format() {
  return {.name = "dynamo",
          .sentence = "Dynamo request trace JSONL: agent sessions with measured latencies",
          .fits =
              [](const FileSample& file) {
                return file.text.starts_with('{') &&
                       file.first_line_has('"' + std::string(kSchema) + '"');
              },
          .read = read_dynamo};
}

}  // namespace pigou
