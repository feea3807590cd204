#include "trace/writer.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {

const TraceFormat& writable_format(const std::string& path, const std::string& name) {
  std::string_view stem = path;
  if (stem.ends_with(".gz")) stem.remove_suffix(3);
  std::string known;
  for (const TraceFormat& format : trace_format_table()) {
    if (format.write == nullptr) continue;
    known += (known.empty() ? "" : ", ") + std::string(format.name);
    if (name.empty() ? !format.suffix.empty() && stem.ends_with(format.suffix)
                     : format.name == name)
      return format;
  }
  if (!name.empty()) find_trace_format(name);  // throws when it is misspelt
  throw UserError(name.empty() ? "'" + path + "' does not say its format"
                               : "format '" + name + "' cannot be written",
                  "these can be: " + known, "name one of them with --to");
}

Trace as_it_arrived(Trace trace) {
  if (!trace.closed_loop()) return trace;
  if (trace.session_arrival.empty())
    throw UserError("the trace cannot be written without its sessions",
                    "they have no recorded start times",
                    "write a format that holds sessions: --to pigou");
  for (const Trace::Lane& lane : trace.lanes)
    for (std::uint32_t row = lane.first_row; row < lane.end_row; ++row)
      trace.arrival[row] += trace.session_arrival[lane.session];
  trace.lanes.clear();
  trace.sessions = 0;
  trace.session_arrival.clear();
  trace.think.clear();
  std::vector<std::uint32_t> order(trace.rows());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return trace.arrival[a] < trace.arrival[b];
  });
  return select_open_rows(trace, order);
}

void write_trace(const Trace& trace, const OutputTarget& target, const std::string& format) {
  const TraceFormat& to = writable_format(target.path, format);
  if (trace.closed_loop() && !to.holds.closed_loop)
    to.write(as_it_arrived(trace), target);
  else
    to.write(trace, target);
}

namespace {

/// Words joined by commas.
class Words {
 public:
  void add(bool when, const std::string& word) {
    if (when) text_.append(text_.empty() ? "" : ", ").append(word);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// "123 arrivals by up to 0.9 ms".
std::string rounded_arrivals(const std::vector<SimTime>& arrival, SimTime step) {
  std::uint64_t count = 0;
  for (const SimTime time : arrival) count += time.ps % step.ps != 0;
  if (count == 0) return "";
  const char* const unit = step.ps == kPsPerSecond        ? "second"
                           : step.ps == kPsPerMillisecond ? "millisecond"
                           : step.ps == kPsPerMicrosecond ? "microsecond"
                                                          : "";
  const std::string to = *unit != '\0' ? unit : std::to_string(step.ps / 1000) + " ns";
  return std::to_string(count) + " arrivals rounded down to the " + to;
}

bool recorded(const auto& column) { return !column.empty(); }

}  // namespace

std::string lost_columns(const Trace& trace, const TraceFormat& format) {
  const HeldColumns& holds = format.holds;
  const bool flat = trace.closed_loop() && !holds.closed_loop;
  Words lost;
  lost.add(flat, "sessions and think times");
  if (holds.arrival_step == SimTime{}) {
    lost.add(!trace.timeless, "arrivals");
  } else {
    const Trace* times = &trace;
    Trace arrived;
    if (flat) times = &(arrived = as_it_arrived(trace));
    lost.add(trace.timeless, "that no times are recorded");
    const std::string rounded = rounded_arrivals(times->arrival, holds.arrival_step);
    lost.add(!rounded.empty(), rounded);
    lost.add(!holds.reading && !times->closed_loop() && times->arrival.front() != SimTime{},
             "the time before the first request");
  }
  lost.add(trace.block_tokens != 0 && !holds.blocks, "block ids");
  lost.add(recorded(trace.previous_turn) && !holds.previous_turn, "previous turns");
  lost.add(recorded(trace.recorded_ttft) && !holds.recorded_ttft, "recorded TTFT");
  lost.add(recorded(trace.recorded_service) && !holds.recorded_e2e, "recorded E2E");
  lost.add(recorded(trace.recorded_cached_tokens) && !holds.recorded_cached_tokens,
           "recorded cached tokens");
  for (const LabelColumn& label : trace.labels) {
    const bool held = std::any_of(holds.labels.begin(), holds.labels.end(),
                                  [&](auto name) { return name == "*" || name == label.name; });
    lost.add(!held, label.name);
  }
  lost.add(trace.calendar_start.has_value() && !holds.calendar_start, "calendar start");
  return lost.text();
}

void number_blocks(Trace& trace) {
  std::vector<std::uint32_t> dense(trace.distinct_blocks, kNoIndex);
  std::uint32_t next = 0;
  for (std::uint32_t& id : trace.block_ids) {
    if (dense[id] == kNoIndex) dense[id] = next++;
    id = dense[id];
  }
  trace.distinct_blocks = next;
}

}  // namespace pigou
