// Claude Code sessions: one JSON document per session, closed loop, sub-agents beside their parent.
#include <algorithm>
#include <deque>

#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_fields.hpp"
#include "trace/reader.hpp"

namespace pigou {
namespace {

constexpr SimTime kUnknown{-1};  // as in Trace::recorded_service

struct Call {
  SimTime time;                ///< from the start of its list
  SimTime service = kUnknown;  ///< how long the recorded server took
  SimTime ttft = kUnknown;
  SimTime think = kUnknown;
  std::uint32_t input = 0;
  std::uint32_t output = 0;
};

/// A list of calls still to be read: the session's own, or a sub-agent's.
struct OpenLane {
  JsonArray calls;
  SimTime begin;  ///< of the list, from the start of the session
  std::uint32_t trigger = kNoIndex;
  SimTime first_think = kUnknown;  ///< between the trigger's end and the list's begin
};

SimTime duration(const RowPlace& place, std::string_view field, const JsonElement& element) {
  return duration_value(place, field, element, TimeUnit::kSecond);
}

class SessionReader {
 public:
  SessionReader(const ReadOptions& options, std::size_t expected_ids) : options_(options) {
    trace_.format = "claude-code";
    trace_.block_begin.push_back(0);
    trace_.block_ids.reserve(expected_ids);
  }

  void read_file(const std::string& path);
  Trace finish(const std::string& path);

 private:
  void read_session(const RowPlace& place, const JsonObject& session);
  void take_block_size(const RowPlace& place, const JsonElement& element);
  void read_lane(const std::string& path, const OpenLane& lane);
  void read_call(const RowPlace& place, const JsonObject& object, Call& call);
  void read_ids(const RowPlace& place, const JsonElement& element, std::uint32_t input);
  void queue_subagent(const RowPlace& place, const JsonObject& object, const OpenLane& parent,
                      const Call& previous, bool has_previous);
  void add_row(const OpenLane& lane, const Call& call, const Call* previous);
  bool continues_previous_row() const;

  const ReadOptions& options_;
  Trace trace_;
  BlockChain chain_;
  JsonParser parser_;
  std::vector<char> buffer_;
  std::deque<OpenLane> open_lanes_;
  std::uint64_t entries_ = 0;  ///< calls seen in this file, for messages
};

void SessionReader::read_ids(const RowPlace& place, const JsonElement& element,
                             std::uint32_t input) {
  std::uint32_t previous = kNoIndex;
  for (const JsonElement id : id_array(place, "hash_ids", element)) {
    std::uint64_t raw = 0;
    if (id.get(raw) != simdjson::SUCCESS) reject_id(place, "hash_ids", id);
    previous = chain_.id(raw, previous);
    trace_.block_ids.push_back(previous);
  }
  check_block_count(place, "hash_ids", trace_.block_ids.size() - trace_.block_begin.back(), input,
                    trace_.block_tokens);
}

void SessionReader::read_call(const RowPlace& place, const JsonObject& object, Call& call) {
  JsonElement time, input, output, ids;
  unsigned found = 0;
  for (const auto field : object) {
    if (field.key == "t")
      time = field.value, found |= 1;
    else if (field.key == "in")
      input = field.value, found |= 2;
    else if (field.key == "out")
      output = field.value, found |= 4;
    else if (field.key == "hash_ids")
      ids = field.value, found |= 8;
    else if (field.key == "think_time" && !field.value.is_null())
      call.think = duration(place, "think_time", field.value);
    else if (field.key == "api_time" && !field.value.is_null())
      call.service = duration(place, "api_time", field.value);
    else if (field.key == "ttft" && !field.value.is_null())
      call.ttft = duration(place, "ttft", field.value);
  }
  if (!(found & 1)) reject_missing(place, "t");
  if (!(found & 2)) reject_missing(place, "in");
  if (!(found & 4)) reject_missing(place, "out");
  if (!(found & 8)) reject_missing(place, "hash_ids");
  call.time = duration(place, "t", time);
  call.input = token_value(place, "in", input);
  call.output = token_value(place, "out", output);
  read_ids(place, ids, call.input);
}

/// Two calls that follow each other are a conversation only if they share a full block.
bool SessionReader::continues_previous_row() const {
  const std::size_t row = trace_.rows() - 1;
  return trace_.input_tokens[row - 1] >= trace_.block_tokens && !trace_.blocks(row - 1).empty() &&
         trace_.can_continue(row - 1, row);
}

void SessionReader::add_row(const OpenLane& lane, const Call& call, const Call* previous) {
  SimTime think = call.think;
  if (!previous && lane.trigger != kNoIndex) {
    think = lane.first_think;
  } else if (!previous) {
    think = lane.begin + call.time;  // from the start of the session
  } else if (think == kUnknown && previous->service != kUnknown) {
    think = std::max(SimTime{}, call.time - (previous->time + previous->service));
  }
  if (think == kUnknown) think = SimTime{};
  trace_.arrival.push_back(lane.begin + call.time);
  trace_.think.push_back(think);
  trace_.recorded_service.push_back(call.service);
  trace_.recorded_ttft.push_back(call.ttft);
  trace_.input_tokens.push_back(call.input);
  trace_.output_tokens.push_back(call.output);
  trace_.block_begin.push_back(trace_.block_ids.size());
  const auto row = static_cast<std::uint32_t>(trace_.rows() - 1);
  trace_.previous_turn.push_back(previous && continues_previous_row() ? row - 1 : kNoIndex);
}

void SessionReader::queue_subagent(const RowPlace& place, const JsonObject& object,
                                   const OpenLane& parent, const Call& previous,
                                   bool has_previous) {
  OpenLane lane;
  bool timed = false, listed = false;
  for (const auto field : object) {
    if (field.key == "t") {
      lane.begin = duration(place, "t", field.value);
      timed = true;
    } else if (field.key == "requests") {
      lane.calls = id_array(place, "requests", field.value);
      listed = true;
    }
  }
  if (!timed) reject_missing(place, "t");
  if (!listed) reject_missing(place, "requests");
  if (has_previous) {
    lane.trigger = static_cast<std::uint32_t>(trace_.rows() - 1);
    lane.first_think = previous.service == kUnknown
                           ? SimTime{}
                           : std::max(SimTime{}, lane.begin - (previous.time + previous.service));
  }
  lane.begin = checked_add(lane.begin, parent.begin, "the sub-agent's start");
  open_lanes_.push_back(lane);
}

void SessionReader::read_lane(const std::string& path, const OpenLane& lane) {
  const auto first = static_cast<std::uint32_t>(trace_.rows());
  Call previous;
  for (const JsonElement entry : lane.calls) {
    const RowPlace place{path, ++entries_, "request"};
    const bool has_previous = trace_.rows() > first;
    try {
      const JsonObject object = row_object(place, entry);
      std::string_view type;
      if (object["type"].get(type) == simdjson::SUCCESS && type == "subagent") {
        queue_subagent(place, object, lane, previous, has_previous);
        continue;
      }
      Call call;
      read_call(place, object, call);
      if (trace_.rows() + 1 >= kNoIndex)
        reject_row(place, "too many rows", "row numbers are 32 bits wide");
      add_row(lane, call, has_previous ? &previous : nullptr);
      previous = call;
    } catch (const UserError&) {
      if (!options_.lenient) throw;
      ++trace_.skipped_rows;
      trace_.block_ids.resize(trace_.block_begin.back());
    }
  }
  const auto end = static_cast<std::uint32_t>(trace_.rows());
  if (end > first) trace_.lanes.push_back({first, end, trace_.sessions, lane.trigger});
}

void SessionReader::take_block_size(const RowPlace& place, const JsonElement& element) {
  const std::uint32_t size = token_value(place, "block_size", element);
  if (size == 0 || (trace_.block_tokens != 0 && trace_.block_tokens != size))
    reject_row(place, "field 'block_size' is " + std::to_string(size),
               "one block size above 0 for all sessions is expected");
  trace_.block_tokens = size;
}

void SessionReader::read_session(const RowPlace& place, const JsonObject& session) {
  JsonElement block_size, calls;
  if (session["block_size"].get(block_size) != simdjson::SUCCESS)
    reject_missing(place, "block_size");
  if (session["requests"].get(calls) != simdjson::SUCCESS) reject_missing(place, "requests");
  take_block_size(place, block_size);
  const std::size_t rows_before = trace_.rows();
  OpenLane lane;
  lane.calls = id_array(place, "requests", calls);
  chain_.begin_scope();
  entries_ = 0;
  open_lanes_.assign(1, lane);
  // Sub-agents follow their parent, so a lane's trigger always has a smaller row number.
  for (; !open_lanes_.empty(); open_lanes_.pop_front()) read_lane(place.path, open_lanes_.front());
  if (trace_.rows() > rows_before) ++trace_.sessions;
}

void SessionReader::read_file(const std::string& path) {
  const std::string_view text = read_whole_file(path, buffer_);
  const RowPlace place{path, 1, "document"};
  try {
    JsonElement document;
    const char* fault = nullptr;
    if (!parser_.parse(text, document, fault))
      reject_row(place, std::string("broken JSON, ") + fault, "one session object is expected");
    read_session(place, row_object(place, document));
  } catch (const UserError&) {
    if (!options_.lenient) throw;
    ++trace_.skipped_rows;
  }
}

Trace SessionReader::finish(const std::string& path) {
  if (trace_.rows() == 0)
    throw UserError("'" + path + "' has no usable request",
                    trace_.skipped_rows > 0 ? "all of them are broken" : "its lists are empty",
                    "check the files and the format");
  trace_.distinct_blocks = chain_.distinct();
  trace_.chain_conflicts = chain_.conflicts();
  return std::move(trace_);
}

bool is_session_file(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".json.gz");
}

}  // namespace

Trace read_claude_code(const std::string& path, const ReadOptions& options) {
  std::vector<std::string> files;
  if (is_folder(path)) {
    for (const std::string& name : list_files(path, "trace_"))
      if (is_session_file(name)) files.push_back(std::string(path).append("/").append(name));
    if (files.empty())
      throw UserError("the folder '" + path + "' holds no session",
                      "files named trace_*.json or trace_*.json.gz are expected",
                      "name a folder of Claude Code sessions, or a single trace file");
  } else {
    files.push_back(path);
  }
  // A JSON id takes 4 to 6 bytes, 0.3 of them after gzip. Memory reserved in excess is never
  // touched; memory reserved too small would be copied once, at twice the size.
  std::size_t expected = 0;
  for (const std::string& file : files)
    expected += file_size(file) * (file.ends_with(".gz") ? 4 : 1) / (file.ends_with(".gz") ? 1 : 4);
  SessionReader reader(options, expected);
  for (const std::string& file : files) reader.read_file(file);
  return reader.finish(path);
}

TraceFormat claude_code_format() {
  return {.name = "claude-code",
          .sentence = "Claude Code sessions: a JSON file or a folder of them, closed loop",
          .fits =
              [](const FileSample& file) {
                if (file.folder) {
                  const auto names = list_files(file.path, "trace_");
                  return std::any_of(names.begin(), names.end(), is_session_file);
                }
                return file.text.starts_with('{') &&
                       (file.contains("\"hash_id_scope\"") || file.contains("\"requests\""));
              },
          .read = read_claude_code};
}

}  // namespace pigou
