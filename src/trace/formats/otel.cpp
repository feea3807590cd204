// OpenTelemetry spans as OTLP/JSON: every span with GenAI token counts that has no such span inside
// is a request.
#include <charconv>
#include <span>
#include <unordered_map>

#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_documents.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/named_csv.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

/// Names of one figure, the best first: conventions have changed them, and servers have their own.
using Names = std::span<const std::string_view>;
constexpr std::string_view kInput[] = {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"};
constexpr std::string_view kOutput[] = {"gen_ai.usage.output_tokens",
                                        "gen_ai.usage.completion_tokens"};
constexpr std::string_view kCached[] = {"gen_ai.usage.cache_read.input_tokens",
                                        "gen_ai.usage.cache_read_input_tokens",
                                        "gen_ai.usage.cached_tokens"};
constexpr std::string_view kTtft[] = {"gen_ai.latency.time_to_first_token",
                                      "gen_ai.server.time_to_first_token",
                                      "gen_ai.response.time_to_first_chunk"};
constexpr std::string_view kE2e[] = {"gen_ai.latency.e2e", "gen_ai.latency.time_in_request"};
constexpr std::string_view kInstance[] = {"service.instance.id", "k8s.pod.name", "host.name"};
constexpr std::string_view kSession[] = {"gen_ai.conversation.id", "session.id"};
constexpr std::string_view kOperation[] = {"gen_ai.operation.name"};
constexpr std::string_view kModel[] = {"gen_ai.response.model", "gen_ai.request.model"};

/// The attributes of a span or a resource.
class Attributes {
 public:
  Attributes(const RowPlace& place, const JsonObject& owner);

  /// The value of the first of these names that is there.
  std::optional<JsonElement> find(Names names, std::string_view& name) const;
  std::string word(Names names) const;

 private:
  const RowPlace& place_;
  std::vector<std::pair<std::string_view, JsonElement>> all_;
};

Attributes::Attributes(const RowPlace& place, const JsonObject& owner) : place_(place) {
  JsonElement list;
  if (!present(owner, "attributes", list)) return;
  for (const JsonElement entry : list_value(place, "attributes", list)) {
    const JsonObject attribute = row_object(place, entry);
    const auto key = word_value(place, "key", required(place, attribute, "key"));
    const auto value = object_field(place, attribute, "value");
    if (!value) continue;
    for (const auto typed : *value) all_.emplace_back(key, typed.value);  // one: its type and value
  }
}

std::optional<JsonElement> Attributes::find(Names names, std::string_view& name) const {
  for (const std::string_view wanted : names)
    for (const auto& [key, value] : all_)
      if (key == wanted) {
        name = wanted;
        return value;
      }
  return std::nullopt;
}

std::string Attributes::word(Names names) const {
  std::string_view name;
  const auto value = find(names, name);
  return value ? std::string(word_value(place_, name, *value)) : std::string();
}

/// Whole numbers are texts in OTLP/JSON, as 64 bits do not fit a double; plain ones pass too.
std::uint32_t count_value(const RowPlace& place, std::string_view name,
                          const JsonElement& element) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return token_value(place, name, element);
  std::uint64_t count = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (code != std::errc{} || end != text.data() + text.size() || count > kMaxTokens)
    reject_tokens(place, name, describe_json(element));
  return static_cast<std::uint32_t>(count);
}

constexpr std::size_t kNoSpan = static_cast<std::size_t>(-1);
constexpr int kDeepest = 1000;  ///< spans inside each other; broken ids may go in circles

struct Span {
  std::string trace_id, id, parent_id;
  std::size_t parent = kNoSpan;  ///< index of the span around it
  bool request = false;          ///< it has token counts
  TimeStamp start;
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  MeasuredRow recorded;
  std::string model, instance, session;
};

class OtelReader {
 public:
  explicit OtelReader(bool lenient) : lenient_(lenient) {}

  void read_export(const RowPlace& place, const JsonElement& document);
  void skip() { ++skipped_; }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  void read_resource(const RowPlace& place, const JsonElement& document);
  void read_scope(const RowPlace& place, const JsonElement& scope, const std::string& instance);
  void read_span(const RowPlace& place, const JsonObject& object, const std::string& instance);
  void read_request(const RowPlace& place, const JsonObject& object, const Attributes& attributes,
                    Span& span) const;
  void find_parents();
  std::vector<std::uint8_t> spans_around_requests() const;
  std::string_view session_of(std::size_t at) const;

  bool lenient_;
  std::vector<Span> spans_;
  Trace counts_;  ///< of what is passed over
  std::uint64_t number_ = 0;
  std::uint64_t skipped_ = 0;
};

/// The first of two spellings: the protocol's JSON and its older names.
JsonArray list_of(const RowPlace& place, const JsonObject& owner, std::string_view name,
                  std::string_view older) {
  JsonElement element;
  if (present(owner, older, element)) return list_value(place, older, element);
  return list_value(place, name, required(place, owner, name));
}

void OtelReader::read_export(const RowPlace& place, const JsonElement& document) {
  JsonArray several;
  if (document.get(several) == simdjson::SUCCESS) {
    for (const JsonElement entry : several) read_export(place, entry);
    return;
  }
  const JsonObject object = row_object(place, document);
  for (const JsonElement entry : list_of(place, object, "resourceSpans", "resource_spans"))
    read_resource(place, entry);
}

void OtelReader::read_resource(const RowPlace& place, const JsonElement& document) {
  const JsonObject resource_spans = row_object(place, document);
  std::string instance;
  if (const auto resource = object_field(place, resource_spans, "resource")) {
    const Attributes attributes(place, *resource);
    instance = attributes.word(kInstance);
  }
  for (const JsonElement scope :
       list_of(place, resource_spans, "scopeSpans", "instrumentationLibrarySpans"))
    read_scope(place, scope, instance);
}

void OtelReader::read_scope(const RowPlace& place, const JsonElement& scope,
                            const std::string& instance) {
  const JsonObject object = row_object(place, scope);
  JsonElement spans;
  if (!present(object, "spans", spans)) return;
  for (const JsonElement entry : list_value(place, "spans", spans)) {
    const RowPlace span{place.path, ++number_, "span"};
    try {
      read_span(span, row_object(span, entry), instance);
    } catch (const UserError&) {
      if (!lenient_) throw;
      ++skipped_;
    }
  }
}

void OtelReader::read_span(const RowPlace& place, const JsonObject& object,
                           const std::string& instance) {
  Span span;
  span.instance = instance;
  for (const auto& [field, to] : {std::pair{"traceId", &span.trace_id},
                                  {"spanId", &span.id},
                                  {"parentSpanId", &span.parent_id}}) {
    JsonElement element;
    if (present(object, field, element)) *to = word_value(place, field, element);
  }
  const Attributes attributes(place, object);
  std::string_view name;
  if (const auto session = attributes.find(kSession, name); session && session->is_string())
    span.session = word_value(place, name, *session);
  const bool input = attributes.find(kInput, name).has_value();
  span.request = input && attributes.find(kOutput, name).has_value();
  // An embedding has no answer, and an agent's span sums up the requests inside.
  const std::string operation = attributes.word(kOperation);
  if (operation == "embeddings" || operation == "invoke_agent" || operation == "execute_tool")
    span.request = false;
  if (span.request)
    read_request(place, object, attributes, span);
  else
    counts_.pass_over(input ? "spans without an answer" : "other spans");
  spans_.push_back(std::move(span));
}

void OtelReader::read_request(const RowPlace& place, const JsonObject& object,
                              const Attributes& attributes, Span& span) const {
  std::string_view name;
  span.input = count_value(place, name, *attributes.find(kInput, name));
  span.output = count_value(place, name, *attributes.find(kOutput, name));
  if (const auto cached = attributes.find(kCached, name)) {
    const std::uint32_t count = count_value(place, name, *cached);
    if (count > span.input)
      reject_row(place, "attribute '" + std::string(name) + "' is " + std::to_string(count),
                 "cached tokens are part of the prompt, which has " + std::to_string(span.input));
    span.recorded.cached_tokens = static_cast<std::int32_t>(count);
  }
  const auto time = [&](std::string_view field) {
    return time_value(place, field, required(place, object, field), TimeUnit::kNanosecond);
  };
  span.start = time("startTimeUnixNano");
  if (const auto e2e = attributes.find(kE2e, name)) {
    span.recorded.service = duration_value(place, name, *e2e, TimeUnit::kSecond);
  } else {
    const TimeStamp end = time("endTimeUnixNano");
    if (!stamp_difference(end, span.start, span.recorded.service) ||
        span.recorded.service < SimTime{})
      reject_row(place, "field 'endTimeUnixNano' is no end of the span",
                 "it lies at most 53 days after startTimeUnixNano, and not before");
  }
  if (const auto ttft = attributes.find(kTtft, name))
    span.recorded.ttft = duration_value(place, name, *ttft, TimeUnit::kSecond);
  span.model = attributes.word(kModel);
}

void OtelReader::find_parents() {
  std::unordered_map<std::string, std::size_t> by_id;
  for (std::size_t at = 0; at < spans_.size(); ++at)
    if (!spans_[at].id.empty()) by_id[spans_[at].trace_id + "/" + spans_[at].id] = at;
  for (Span& span : spans_) {
    if (span.parent_id.empty()) continue;
    const auto parent = by_id.find(span.trace_id + "/" + span.parent_id);
    if (parent != by_id.end()) span.parent = parent->second;
  }
}

/// Flags spans inside which another one is a request: a client's or a gateway's span around the
/// server's tells the same request again.
std::vector<std::uint8_t> OtelReader::spans_around_requests() const {
  std::vector<std::uint8_t> around(spans_.size(), 0);
  for (std::size_t start = 0; start < spans_.size(); ++start) {
    if (!spans_[start].request) continue;
    // What is flagged has flagged all around it; broken ids may lead back to the start.
    for (std::size_t at = spans_[start].parent; at != kNoSpan && at != start && around[at] == 0;
         at = spans_[at].parent)
      around[at] = 1;
  }
  return around;
}

/// Who talks is known to the client; the server's span, which counts, is inside the client's.
std::string_view OtelReader::session_of(std::size_t at) const {
  for (int depth = 0; at != kNoSpan && depth < kDeepest; at = spans_[at].parent, ++depth)
    if (!spans_[at].session.empty()) return spans_[at].session;
  return {};
}

Trace OtelReader::finish(const std::string& path, const ReadOptions& options) {
  find_parents();
  const std::vector<std::uint8_t> around = spans_around_requests();
  OpenLoopBuilder builder("otel", 0);
  builder.times_are_calendar();
  Trace& trace = builder.trace();
  trace.skipped_rows = skipped_;
  trace.passed_over = std::move(counts_.passed_over);
  for (const char* const name : {"model", "instance"}) trace.add_label(name);
  LabelWords sessions(trace, "session");
  for (std::size_t at = 0; at < spans_.size(); ++at) {
    const Span& span = spans_[at];
    if (!span.request) continue;
    if (around[at]) {
      trace.pass_over("spans around a request's own");
      continue;
    }
    builder.add_row(span.start, span.input, span.output);
    add_measured(trace, span.recorded);
    add_word(trace.labels[0], span.model);
    add_word(trace.labels[1], span.instance);
    sessions.add(session_of(at));
  }
  if (trace.rows() == 0 && skipped_ == 0)
    throw UserError("'" + path + "' holds no request",
                    "no span has both gen_ai.usage.input_tokens and gen_ai.usage.output_tokens",
                    "export the spans of the inference server or of its client");
  Trace read = builder.finish(path, options);
  drop_empty_columns(read);
  return read;
}

Trace read_otel(const std::string& path, const ReadOptions& options) {
  OtelReader reader(options.lenient);
  read_json_documents(path, options,
                      {.row = [&](const RowPlace& place,
                                  const JsonElement& part) { reader.read_export(place, part); },
                       .skip = [&] { reader.skip(); }},
                      "OTLP/JSON, an object with resourceSpans, is expected");
  return reader.finish(path, options);
}

}  // namespace

TraceFormat otel_format() {
  return {.name = "otel",
          .sentence = "OpenTelemetry GenAI spans as OTLP/JSON, one export or one per line",
          .fits =
              [](const FileSample& file) {
                return (file.text.starts_with('{') || file.text.starts_with('[')) &&
                       (file.contains("\"resourceSpans\"") || file.contains("\"resource_spans\""));
              },
          .read = read_otel};
}

}  // namespace pigou
