// The JSON that `vllm bench serve --save-result --save-detailed` writes: one object, a column per
// figure.
#include "core/error.hpp"
#include "trace/format.hpp"
#include "trace/parse/json_documents.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

/// One of the lists, walked request by request; an absent one has no entries.
class Column {
 public:
  Column() = default;
  Column(const RowPlace& place, const JsonObject& result, std::string_view name) : name_(name) {
    JsonElement element;
    if (!present(result, name, element)) return;
    const JsonArray list = list_value(place, name, element);
    at_ = list.begin();
    end_ = list.end();
    there_ = true;
  }

  std::string_view name() const { return name_; }
  bool there() const { return there_; }
  bool ended() const { return !(at_ != end_); }
  /// The entry of the next request; none when the column is absent.
  std::optional<JsonElement> next(const RowPlace& place) {
    if (!there_) return std::nullopt;
    if (ended())
      reject_row(place, "field '" + std::string(name_) + "' has no entry",
                 "every list has one entry per request");
    const JsonElement element = *at_;
    ++at_;
    return element;
  }

 private:
  std::string_view name_;
  JsonArray::iterator at_, end_;
  bool there_ = false;
};

class VllmBenchReader {
 public:
  explicit VllmBenchReader(bool lenient) : builder_("vllm-bench", 0), lenient_(lenient) {
    builder_.trace().add_label("model");
  }

  void read_result(const RowPlace& place, const JsonElement& document);
  void skip() { builder_.count_skipped(); }
  Trace finish(const std::string& path, const ReadOptions& options);

 private:
  struct Entry {
    std::optional<JsonElement> start, input, output, ttft, itl, latency, error;
  };

  void check_times(const RowPlace& place, const JsonObject& result, bool timed);
  void add_request(const RowPlace& place, const Entry& entry);

  OpenLoopBuilder builder_;
  bool lenient_;
  std::string model_;
  std::uint64_t results_ = 0;
};

/// Without start times a run that sent everything at once is still known; others are not.
void VllmBenchReader::check_times(const RowPlace& place, const JsonObject& result, bool timed) {
  if (timed) return;
  JsonElement rate;
  std::string_view word;
  const bool at_once =
      present(result, "request_rate", rate) && rate.get(word) == simdjson::SUCCESS && word == "inf";
  if (!at_once)
    throw UserError(place.text() + ": field 'start_times' is missing",
                    "requests were sent at random times, which this version of vLLM did not save",
                    "repeat the run with a vLLM that saves start_times");
  builder_.trace().timeless = true;
}

/// The sum of a request's times between tokens, in seconds.
SimTime sum_of(const RowPlace& place, const JsonElement& list) {
  double sum = 0;
  for (const JsonElement entry : list_value(place, "itls", list)) {
    double gap = 0;
    if (entry.get(gap) != simdjson::SUCCESS || !(gap >= 0))
      reject_time(place, "itls", describe_json(entry), "a time of 0 or more");
    sum += gap;
  }
  TimeStamp stamp;
  SimTime time;
  if (!stamp_from_real(sum, TimeUnit::kSecond, stamp) || !stamp_difference(stamp, {}, time))
    reject_time(place, "itls", "longer than 53 days in sum", "less");
  return time;
}

void VllmBenchReader::add_request(const RowPlace& place, const Entry& entry) {
  std::string_view error;
  if (entry.error && entry.error->get(error) == simdjson::SUCCESS && !error.empty()) {
    builder_.trace().pass_over("failed requests");
    return;
  }
  TimeStamp stamp;
  if (entry.start) stamp = time_value(place, "start_times", *entry.start, TimeUnit::kSecond);
  const std::uint32_t input = token_value(place, "input_lens", *entry.input);
  const std::uint32_t output = token_value(place, "output_lens", *entry.output);
  MeasuredRow recorded;
  if (entry.ttft) recorded.ttft = duration_value(place, "ttfts", *entry.ttft, TimeUnit::kSecond);
  if (entry.latency)
    recorded.service = duration_value(place, "latencies", *entry.latency, TimeUnit::kSecond);
  else if (entry.ttft && entry.itl)
    recorded.service = checked_add(recorded.ttft, sum_of(place, *entry.itl), "a latency");
  builder_.add_row(stamp, input, output);
  add_measured(builder_.trace(), recorded);
  add_word(builder_.trace().labels.front(), model_);
}

void VllmBenchReader::read_result(const RowPlace& place, const JsonElement& document) {
  const JsonObject result = row_object(place, document);
  if (++results_ > 1)
    throw UserError(place.text() + ": a second result",
                    "--append-result keeps several runs in one file, each with its own clock",
                    "copy the line of one run into a file of its own");
  Column input(place, result, "input_lens");
  if (!input.there())
    throw UserError(place.text() + ": field 'input_lens' is missing",
                    "the result has no entry per request",
                    "repeat the run with --save-detailed beside --save-result");
  Column output(place, result, "output_lens"), start(place, result, "start_times");
  Column ttft(place, result, "ttfts"), itl(place, result, "itls");
  Column latency(place, result, "latencies"), error(place, result, "errors");
  if (!output.there()) reject_missing(place, "output_lens");
  check_times(place, result, start.there());
  JsonElement model;
  if (present(result, "model_id", model)) model_ = word_value(place, "model_id", model);
  for (std::uint64_t number = 1; !input.ended(); ++number) {
    const RowPlace request{place.path, number, "request"};
    try {
      // Every list moves on before anything is judged, so that a broken entry breaks one request.
      Entry entry;
      entry.input = input.next(request);
      for (const auto& [column, to] : {std::pair{&output, &entry.output},
                                       {&start, &entry.start},
                                       {&ttft, &entry.ttft},
                                       {&itl, &entry.itl},
                                       {&latency, &entry.latency},
                                       {&error, &entry.error}})
        *to = column->next(request);
      add_request(request, entry);
    } catch (const UserError&) {
      if (!lenient_) throw;
      builder_.count_skipped();
    }
  }
  for (const Column* const column : {&output, &start, &ttft, &itl, &latency, &error})
    if (column->there() && !column->ended())
      reject_row(place, "field '" + std::string(column->name()) + "' has more entries",
                 "every list has one entry per request, as input_lens");
}

Trace VllmBenchReader::finish(const std::string& path, const ReadOptions& options) {
  Trace trace = builder_.finish(path, options);
  drop_empty_columns(trace);
  return trace;
}

Trace read_vllm_bench(const std::string& path, const ReadOptions& options) {
  VllmBenchReader reader(options.lenient);
  read_json_documents(path, options,
                      {.row = [&](const RowPlace& place,
                                  const JsonElement& result) { reader.read_result(place, result); },
                       .skip = [&] { reader.skip(); }},
                      "one result object is expected");
  return reader.finish(path, options);
}

}  // namespace

TraceFormat vllm_bench_format() {
  return {.name = "vllm-bench",
          .sentence = "vllm bench serve results with --save-detailed: client times and lengths",
          .fits =
              [](const FileSample& file) {
                return file.text.starts_with('{') && file.contains("\"request_rate\"") &&
                       (file.contains("\"num_prompts\"") || file.contains("\"input_lens\""));
              },
          .read = read_vllm_bench};
}

}  // namespace pigou
