// inference-perf: per_request_lifecycle_metrics.json, one list of requests with client clocks.
#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_documents.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

class InferencePerfReader {
 public:
  explicit InferencePerfReader(bool lenient) : builder_("inference-perf", 0), lenient_(lenient) {
    builder_.trace().add_label("adapter");
  }

  void read_list(const RowPlace& place, const JsonElement& document);
  void skip() { builder_.count_skipped(); }
  Trace finish(const std::string& path, const ReadOptions& options) {
    Trace trace = builder_.finish(path, options);
    drop_empty_columns(trace);
    return trace;
  }

 private:
  void add_request(const RowPlace& place, const JsonObject& object);

  OpenLoopBuilder builder_;
  bool lenient_;
  std::uint64_t number_ = 0;  ///< of the request, for messages
};

/// What one version keeps in `info` and another in an object inside it.
JsonElement either(const RowPlace& place, const JsonObject& info,
                   const std::optional<JsonObject>& inner, std::string_view field) {
  JsonElement element;
  if (inner && present(*inner, field, element)) return element;
  return required(place, info, field);
}

/// The server's own counts where it sent them, otherwise those of the client's tokenizer.
struct Lengths {
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  std::int32_t cached = -1;
};

Lengths lengths(const RowPlace& place, const JsonObject& info,
                const std::optional<JsonObject>& response) {
  Lengths found;
  JsonElement element;
  const auto usage = response ? object_field(place, *response, "server_usage") : std::nullopt;
  const auto metrics = object_field(place, info, "request_metrics");
  const auto text = metrics ? object_field(place, *metrics, "text") : std::nullopt;
  if (usage && present(*usage, "prompt_tokens", element))
    found.input = token_value(place, "prompt_tokens", element);
  else
    found.input = token_value(place, "input_tokens", either(place, info, text, "input_tokens"));
  if (usage && present(*usage, "completion_tokens", element))
    found.output = token_value(place, "completion_tokens", element);
  else
    found.output =
        token_value(place, "output_tokens", either(place, info, response, "output_tokens"));
  const auto details = usage ? object_field(place, *usage, "prompt_tokens_details") : std::nullopt;
  if (details && present(*details, "cached_tokens", element))
    found.cached = cached_value(place, "cached_tokens", element, found.input);
  return found;
}

/// Between two readings of the client's clock.
SimTime elapsed(const RowPlace& place, std::string_view field, const JsonElement& element,
                const TimeStamp& start) {
  const TimeStamp end = time_value(place, field, element, TimeUnit::kSecond);
  SimTime time;
  if (!stamp_difference(end, start, time) || time < SimTime{})
    reject_time(place, field, describe_json(element), "a time from start_time on");
  return time;
}

/// When the first token came: the first entry of a list that is empty without streaming.
JsonElement first_token(const RowPlace& place, const JsonObject& info,
                        const std::optional<JsonObject>& response, bool& found) {
  JsonElement element, first;
  found = false;
  if (!(response && present(*response, "output_token_times", element)) &&
      !present(info, "output_token_times", element))
    return first;
  for (const JsonElement time : list_value(place, "output_token_times", element)) {
    found = true;
    return time;
  }
  return first;
}

void InferencePerfReader::add_request(const RowPlace& place, const JsonObject& object) {
  JsonElement element;
  const JsonElement start = required(place, object, "start_time");
  if (present(object, "error", element)) {
    builder_.trace().pass_over("failed requests");
    return;
  }
  const auto info = object_field(place, object, "info");
  if (!info) reject_missing(place, "info");
  const auto response = object_field(place, *info, "response_metrics");
  const TimeStamp stamp = time_value(place, "start_time", start, TimeUnit::kSecond);
  const Lengths found = lengths(place, *info, response);
  MeasuredRow recorded{.cached_tokens = found.cached};
  recorded.service = elapsed(place, "end_time", required(place, object, "end_time"), stamp);
  bool streamed = false;
  const JsonElement first = first_token(place, *info, response, streamed);
  if (streamed) recorded.ttft = elapsed(place, "output_token_times", first, stamp);
  std::string_view adapter;
  if (present(*info, "lora_adapter", element)) adapter = word_value(place, "lora_adapter", element);
  builder_.add_row(stamp, found.input, found.output);
  add_measured(builder_.trace(), recorded);
  add_word(builder_.trace().labels.front(), adapter);
}

void InferencePerfReader::read_list(const RowPlace& place, const JsonElement& document) {
  JsonArray requests;
  if (document.get(requests) != simdjson::SUCCESS)
    reject_row(place, "the document is " + describe_json(document),
               "a list of requests is expected");
  for (const JsonElement entry : requests) {
    const RowPlace request{place.path, ++number_, "request"};
    try {
      add_request(request, row_object(request, entry));
    } catch (const UserError&) {
      if (!lenient_) throw;
      builder_.count_skipped();
    }
  }
}

Trace read_inference_perf(const std::string& path, const ReadOptions& options) {
  InferencePerfReader reader(options.lenient);
  read_json_documents(path, options,
                      {.row = [&](const RowPlace& place,
                                  const JsonElement& list) { reader.read_list(place, list); },
                       .skip = [&] { reader.skip(); }},
                      "a list of requests is expected");
  return reader.finish(path, options);
}

}  // namespace

TraceFormat inference_perf_format() {
  return {.name = "inference-perf",
          .sentence = "inference-perf per-request results: client times and lengths",
          .fits =
              [](const FileSample& file) {
                // Prompts come before what tells the format, and may be longer than the sample.
                const std::size_t first = file.text.find_first_not_of(" \t\r\n", 1);
                return file.text.starts_with('[') && first != std::string_view::npos &&
                       file.text[first] == '{' && file.contains("\"start_time\"") &&
                       (file.contains("\"request\"") || file.contains("\"info\""));
              },
          .read = read_inference_perf};
}

}  // namespace pigou
