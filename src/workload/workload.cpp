#include "workload/workload.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "core/random_stream.hpp"
#include "core/stop.hpp"
#include "workload/adapters.hpp"
#include "workload/load.hpp"
#include "workload/transform.hpp"

namespace pigou {
namespace {

constexpr double kMostLoad = 100000;

[[noreturn]] void reject_option(const std::string& key, const std::string& why,
                                const std::string& suggestion) {
  throw UserError("workload." + key + " does not fit", why, suggestion);
}

void check_options(const Trace& trace, const WorkloadOptions& options) {
  static const std::vector<std::string> starts = {"together", "poisson", "recorded"};
  if (!(options.thin > 0 && options.thin <= 1))
    reject_option("thin", "it is the share of prefix trees to keep", "use a number in (0, 1]");
  if (!(options.sample_sessions > 0 && options.sample_sessions <= 1))
    reject_option("sample_sessions", "it is the share of conversations to keep",
                  "use a number in (0, 1]");
  if (!(options.rate_scale > 0) || !std::isfinite(options.rate_scale))
    reject_option("rate_scale", "times are divided by it", "use a number above 0");
  if (options.repeat == 0) reject_option("repeat", "0 would leave nothing", "use 1 or more");
  if (options.overlay == 0) reject_option("overlay", "0 would leave nothing", "use 1 or more");
  if (!(options.load > 0) || !(options.load <= kMostLoad))
    reject_option("load", "the workload is replayed this many times over each other",
                  "use a number above 0, at most 100000");
  if (options.load != 1 && options.concurrency > 0)
    reject_option("load", "concurrency says how many requests are out", "set concurrency alone");
  if (options.load != 1 && trace.closed_loop() && (options.repeat > 1 || options.overlay > 1))
    reject_option("load", "the trace has sessions, which repeat and overlay copy, too",
                  "use one of the three");
  if (!(options.jitter_s >= 0))
    reject_option("jitter_s", "arrivals are moved later by up to it", "use 0 or more seconds");
  if (std::find(starts.begin(), starts.end(), options.sessions_start) == starts.end())
    reject_option("sessions.start", "unknown word '" + options.sessions_start + "'",
                  suggest_name(options.sessions_start, starts));
  if (options.sessions_rate > 0 && options.sessions_start != "poisson")
    reject_option("sessions.rate", "sessions start '" + options.sessions_start + "'",
                  "set workload.sessions.start to poisson, or remove it");
  if (options.arrivals) check_arrivals(*options.arrivals, "workload.arrivals.");
  if (options.arrivals && options.concurrency > 0)
    reject_option("arrivals", "concurrency says when requests go", "remove one of the two");
  if (trace.timeless && !options.arrivals && options.concurrency == 0)
    reject_option("trace", "it records no times",
                  "set workload.arrivals.family and rate, or workload.concurrency");
  if (!trace.closed_loop()) return;
  if (options.arrivals)
    reject_option("arrivals", "the trace has sessions, whose calls wait for each other",
                  "use workload.sessions.start");
  if (options.concurrency > 0)
    reject_option("concurrency", "the trace has sessions, whose calls wait for each other",
                  "use workload.sessions.max_concurrent");
  if (options.jitter_s > 0)
    reject_option("jitter_s", "the trace has sessions, not arrivals", "remove it");
  if (options.sessions_start == "poisson" &&
      (!(options.sessions_rate > 0) || !std::isfinite(options.sessions_rate)))
    reject_option("sessions.rate", "poisson starts need a rate", "use sessions per second above 0");
  if (options.sessions_start == "recorded" && trace.session_arrival.empty())
    reject_option("sessions.start", "the trace records no session starts",
                  "use together or poisson");
}

std::uint64_t count_requests(const Workload& workload) {
  const std::uint64_t requests = std::uint64_t{workload.trace.rows()} * workload.copies;
  const std::uint64_t segments = std::uint64_t{workload.segments.count()} * workload.copies;
  if (requests >= kNoIndex || segments >= kNoIndex)
    reject_option("repeat", "more than 4,294,967,294 requests or segments",
                  "lower workload.repeat or workload.overlay");
  return requests;
}

/// From the start of one replay of the rows to the start of the next: their span and a mean gap.
std::int64_t period_of(const std::vector<SimTime>& arrival) {
  if (arrival.size() < 2) return 0;
  const auto [first, last] = std::ranges::minmax(arrival);
  const std::int64_t span = (last - first).ps;
  const auto gaps = static_cast<std::int64_t>(arrival.size()) - 1;
  return span + (span + gaps / 2) / gaps;
}

/// Open loop: every copy of every row, in order of arrival. Repeats follow each other by `period`,
/// so each is sorted by itself; only what jitter pushed past its end waits for the next one.
/// Copies are numbered by layer of the load, repeat, overlay, so that a load never changes the
/// number, the ids or the draws of what a smaller one holds.
class ArrivalMerger {
 public:
  ArrivalMerger(Workload& workload, const WorkloadOptions& options, const LoadLayers& layers,
                std::uint64_t seed)
      : workload_(workload),
        options_(options),
        layers_(layers),
        jitter_(from_seconds(options.jitter_s, "workload.jitter_s")),
        draws_(seed, "workload.jitter"),
        period_(period_of(workload.trace.arrival)) {
    if (period_ > kLongest.ps / options.repeat)
      checked_add(kLongest, SimTime{1}, "the repeated trace");
  }

  void merge() {
    for (std::uint32_t repeat = 0; repeat < options_.repeat; ++repeat) {
      for (std::uint32_t layer = 0; layer < layers_.layers; ++layer) add_repeat(repeat, layer);
      std::sort(waiting_.begin(), waiting_.end());
      const bool last = repeat + 1 == options_.repeat;
      const std::int64_t next_begin = period_ * (std::int64_t{repeat} + 1);
      std::size_t ready = 0;
      while (ready < waiting_.size() && (last || waiting_[ready].time < next_begin))
        emit(waiting_[ready++]);
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(ready));
    }
  }

 private:
  struct Entry {
    std::int64_t time;
    std::uint32_t copy;
    std::uint32_t row;
    auto operator<=>(const Entry&) const = default;
  };

  void add_repeat(std::uint32_t repeat, std::uint32_t layer) {
    for (std::uint32_t over = 0; over < options_.overlay; ++over) {
      stop_if_asked();
      auto phase =
          static_cast<std::int64_t>(static_cast<double>(period_) * over / options_.overlay) +
          static_cast<std::int64_t>(static_cast<double>(period_) * layer_phase(layer));
      if (phase >= period_) phase -= period_;
      const std::uint32_t copy = (layer * options_.repeat + repeat) * options_.overlay + over;
      add_copy({copy, layer, phase, layer > 0 || over > 0, period_ * repeat});
    }
  }

  struct Copy {
    std::uint32_t number, layer;
    std::int64_t phase;
    bool turns_round;  ///< what its phase pushes past the trace's end comes at the beginning
    std::int64_t begin;
  };

  void add_copy(const Copy& copy) {
    const auto rows = static_cast<std::uint32_t>(workload_.trace.rows());
    const auto& arrival = workload_.trace.arrival;
    const double jitter = static_cast<double>(jitter_.ps);
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (!layers_.keeps(copy.layer, row)) continue;
      // The layers of a load keep conversations in one piece; overlaid copies turn row by row.
      const std::uint32_t judge = copy.layer > 0 ? layers_.first_turn[row] : row;
      std::int64_t time = arrival[row].ps + copy.phase;
      if (copy.turns_round && period_ > 0 && arrival[judge].ps + copy.phase >= period_)
        time -= period_;
      if (jitter > 0)
        time += static_cast<std::int64_t>(draws_.uniform(std::uint64_t{copy.number} * rows + row) *
                                          jitter);
      waiting_.push_back({copy.begin + time, copy.number, row});
    }
  }

  void emit(const Entry& entry) {
    workload_.arrival.push_back({entry.time});
    workload_.row.push_back(entry.row);
    if (workload_.copies > 1) workload_.copy.push_back(entry.copy);
  }

  Workload& workload_;
  const WorkloadOptions& options_;
  const LoadLayers& layers_;
  SimTime jitter_;
  RandomStream draws_;
  std::int64_t period_ = 0;  ///< from the start of one repeat to the start of the next
  std::vector<Entry> waiting_;
};

void number_in_file_order(Workload& workload) {
  const auto rows = static_cast<std::uint32_t>(workload.trace.rows());
  for (std::uint32_t copy = 0; copy < workload.copies; ++copy) {
    for (std::uint32_t row = 0; row < rows; ++row) {
      workload.row.push_back(row);
      if (workload.copies > 1) workload.copy.push_back(copy);
    }
  }
}

/// When `count` sessions of one layer of the load start: at the times recorded, turned round by the
/// layer's phase, or as a Poisson stream of its own, or together.
std::vector<SimTime> session_starts(const Trace& trace, const WorkloadOptions& options,
                                    std::uint64_t seed, std::size_t count, std::uint32_t layer) {
  std::vector<SimTime> starts(count);
  if (options.sessions_start == "poisson") {
    const RandomStream draws(seed, "workload.session-start");
    double seconds = 0;
    for (std::size_t start = 0; start < count; ++start) {
      seconds += draws.exponential(layer * count + start) / options.sessions_rate;
      starts[start] = from_seconds(seconds, "the last session start");
    }
  } else if (options.sessions_start == "recorded") {
    const std::int64_t period = period_of(trace.session_arrival);
    const auto phase = static_cast<std::int64_t>(static_cast<double>(period) * layer_phase(layer));
    for (std::size_t start = 0; start < count; ++start) {
      std::int64_t time = trace.session_arrival[start % trace.sessions].ps + phase;
      if (layer > 0 && time >= period && period > 0) time -= period;
      starts[start].ps = time;
    }
  }
  return starts;
}

/// A closed loop under a load: the trace becomes that of all its layers.
void apply_load_to_sessions(Workload& workload, const WorkloadOptions& options,
                            std::uint64_t seed) {
  const LoadLayers layers = load_layers(workload.trace, options.load, seed);
  std::vector<SimTime> start;
  for (std::uint32_t layer = 0; layer < layers.layers; ++layer)
    for (const SimTime time :
         session_starts(workload.trace, options, seed, workload.trace.sessions, layer))
      start.push_back(time);
  workload.trace = lay_sessions(workload.trace, layers, start);
  workload.session_start = std::move(start);
  workload.conversation = conversations(workload.trace);
  workload.segments = build_segments(workload.trace, workload.segments.engine_block_tokens);
}

NominalRate nominal_rate(const Workload& workload, const WorkloadOptions& options) {
  NominalRate rate;
  const Trace& trace = workload.trace;
  const bool sessions = trace.closed_loop();
  if (options.concurrency > 0) return rate;
  if (sessions && options.sessions_start == "poisson")
    rate.sessions_per_s = options.sessions_rate * options.load;
  const double lined_up = static_cast<double>(trace.sessions) * workload.copies;
  if (rate.of_sessions()) rate.length_s = lined_up / options.sessions_rate;
  if (sessions && options.sessions_start != "recorded") return rate;
  const auto& times = sessions ? trace.session_arrival : trace.arrival;
  const double period_s = to_seconds({period_of(times)});
  if (!(period_s > 0)) return rate;
  rate.length_s = sessions ? period_s : period_s * options.repeat;
  // Recorded starts are the same in every copy, so repeats come together, too.
  const double copies = options.load * options.overlay * (sessions ? options.repeat : 1);
  (sessions ? rate.sessions_per_s : rate.requests_per_s) =
      static_cast<double>(times.size()) / period_s * copies;
  return rate;
}

void arrange_sessions(Workload& workload, const WorkloadOptions& options, std::uint64_t seed) {
  if (options.load != 1)
    apply_load_to_sessions(workload, options, seed);
  else
    workload.session_start = session_starts(
        workload.trace, options, seed, std::size_t{workload.trace.sessions} * workload.copies, 0);
  number_in_file_order(workload);
  workload.random = workload.random || options.sessions_start == "poisson";
  workload.sessions_max_concurrent = options.sessions_max_concurrent;
}

}  // namespace

std::vector<std::uint32_t> conversations(const Trace& trace) {
  const auto rows = static_cast<std::uint32_t>(trace.rows());
  std::vector<std::uint32_t> first = labelled_sessions(trace);
  if (trace.closed_loop()) {  // behind the numbers of its own sessions
    for (const Trace::Lane& lane : trace.lanes)
      for (std::uint32_t row = lane.first_row; row < lane.end_row; ++row)
        first[row] = first[row] == kNoIndex ? lane.session : trace.sessions + first[row];
    return first;
  }
  const bool linked = !trace.previous_turn.empty();
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (first[row] != kNoIndex) continue;
    const std::uint32_t previous = linked ? trace.previous_turn[row] : kNoIndex;
    first[row] = previous < row ? first[previous] : row;  // a turn follows the one it repeats
  }
  return first;
}

Workload prepare_workload(Trace trace, const WorkloadOptions& options,
                          std::uint32_t engine_block_tokens, std::uint64_t seed) {
  check_options(trace, options);
  Workload workload;
  workload.trace = transform_trace(std::move(trace), options, seed, workload.inferred_turns);
  workload.conversation = conversations(workload.trace);
  draw_policy_classes(workload.trace, workload.conversation, options.policy_class_shares, seed);
  separate_adapters(workload.trace);
  workload.segments = build_segments(workload.trace, engine_block_tokens);
  return workload;
}

Workload arrange_workload(Workload workload, const WorkloadOptions& options, std::uint64_t seed) {
  check_options(workload.trace, options);
  workload.as_recorded = !workload.trace.closed_loop() && options.rate_scale == 1 &&
                         options.thin == 1 && options.sample_sessions == 1 &&
                         options.truncate_input_tokens == 0 && options.repeat == 1 &&
                         options.overlay == 1 && options.load == 1 && options.jitter_s == 0 &&
                         options.part.parts == 1 && options.concurrency == 0 &&
                         !workload.trace.timeless && !options.arrivals;
  const bool open = !workload.trace.closed_loop() && options.concurrency == 0;
  const auto layers = open ? load_layers(workload.trace, options.load, seed) : LoadLayers{};
  const std::uint64_t copies = std::uint64_t{options.repeat} * options.overlay * layers.layers;
  if (copies >= kNoIndex) reject_option("repeat", "too many copies", "lower it");
  workload.copies = static_cast<std::uint32_t>(copies);
  workload.nominal = nominal_rate(workload, options);
  workload.random = options.thin < 1 || options.sample_sessions < 1 || options.jitter_s > 0 ||
                    options.load != std::floor(options.load) ||
                    !options.policy_class_shares.empty() ||
                    (options.arrivals && options.arrivals->family != "constant" &&
                     options.arrivals->family != "together");
  const std::uint64_t requests = count_requests(workload);
  workload.row.reserve(requests);
  if (workload.copies > 1) workload.copy.reserve(requests);
  if (workload.trace.closed_loop()) {
    arrange_sessions(workload, options, seed);
  } else if (options.concurrency > 0) {
    number_in_file_order(workload);
    workload.concurrency = options.concurrency;
  } else {
    workload.arrival.reserve(requests);
    ArrivalMerger(workload, options, layers, seed).merge();
  }
  return workload;
}

TraceStretch parse_trace_stretch(const std::string& text) {
  TraceStretch part;
  if (text.empty()) return part;
  const auto slash = text.find('/');
  const bool read = slash != std::string::npos &&
                    parse_number(std::string_view(text).substr(0, slash), part.part) &&
                    parse_number(std::string_view(text).substr(slash + 1), part.parts);
  if (!read || part.part == 0 || part.part > part.parts || part.parts > 1000)
    reject_option("part", "'" + text + "' is no part of a whole",
                  "write N/PARTS, e.g. 2/4, with PARTS up to 1000");
  return part;
}

Workload build_workload(Trace trace, const WorkloadOptions& options,
                        std::uint32_t engine_block_tokens, std::uint64_t seed) {
  return arrange_workload(prepare_workload(std::move(trace), options, engine_block_tokens, seed),
                          options, seed);
}

}  // namespace pigou
