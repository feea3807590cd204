#include "workload/workload.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "core/stop.hpp"
#include "workload/adapters.hpp"
#include "workload/transform.hpp"

namespace pigou {
namespace {

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

/// Open loop: every copy of every row, in order of arrival. Repeats follow each other by `period`,
/// so each is sorted by itself; only what jitter pushed past its end waits for the next one.
class ArrivalMerger {
 public:
  ArrivalMerger(Workload& workload, const WorkloadOptions& options, std::uint64_t seed)
      : workload_(workload),
        options_(options),
        jitter_(from_seconds(options.jitter_s, "workload.jitter_s")),
        draws_(seed, "workload.jitter") {
    const auto& arrival = workload.trace.arrival;
    const std::int64_t span = arrival.back().ps - arrival.front().ps;
    const auto gaps = static_cast<std::int64_t>(arrival.size()) - 1;
    period_ = gaps > 0 ? span + (span + gaps / 2) / gaps : 0;
    if (period_ > kLongest.ps / options.repeat)
      checked_add(kLongest, SimTime{1}, "the repeated trace");
  }

  void merge() {
    for (std::uint32_t repeat = 0; repeat < options_.repeat; ++repeat) {
      stop_if_asked();
      add_repeat(repeat);
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

  void add_repeat(std::uint32_t repeat) {
    const auto rows = static_cast<std::uint32_t>(workload_.trace.rows());
    const std::int64_t begin = period_ * repeat;
    const double jitter = static_cast<double>(jitter_.ps);
    for (std::uint32_t layer = 0; layer < options_.overlay; ++layer) {
      stop_if_asked();
      const std::uint32_t copy = repeat * options_.overlay + layer;
      const auto phase =
          static_cast<std::int64_t>(static_cast<double>(period_) * layer / options_.overlay);
      for (std::uint32_t row = 0; row < rows; ++row) {
        std::int64_t time = workload_.trace.arrival[row].ps + phase;
        if (layer > 0 && time >= period_ && period_ > 0) time -= period_;
        if (jitter > 0)
          time +=
              static_cast<std::int64_t>(draws_.uniform(std::uint64_t{copy} * rows + row) * jitter);
        waiting_.push_back({begin + time, copy, row});
      }
    }
  }

  void emit(const Entry& entry) {
    workload_.arrival.push_back({entry.time});
    workload_.row.push_back(entry.row);
    if (workload_.copies > 1) workload_.copy.push_back(entry.copy);
  }

  Workload& workload_;
  const WorkloadOptions& options_;
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

void start_sessions(Workload& workload, const WorkloadOptions& options, std::uint64_t seed) {
  const std::uint32_t sessions = workload.trace.sessions;
  const std::size_t starts = std::size_t{sessions} * workload.copies;
  workload.session_start.assign(starts, SimTime{});
  if (options.sessions_start == "poisson") {
    const RandomStream draws(seed, "workload.session-start");
    double seconds = 0;
    for (std::size_t start = 0; start < starts; ++start) {
      seconds += draws.exponential(start) / options.sessions_rate;
      workload.session_start[start] = from_seconds(seconds, "the last session start");
    }
    workload.random = true;
  } else if (options.sessions_start == "recorded") {
    for (std::size_t start = 0; start < starts; ++start)
      workload.session_start[start] = workload.trace.session_arrival[start % sessions];
  }
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
                         options.overlay == 1 && options.jitter_s == 0 &&
                         options.concurrency == 0 && !workload.trace.timeless && !options.arrivals;
  const std::uint64_t copies = std::uint64_t{options.repeat} * options.overlay;
  if (copies >= kNoIndex) reject_option("repeat", "too many copies", "lower it");
  workload.copies = static_cast<std::uint32_t>(copies);
  workload.random = options.thin < 1 || options.sample_sessions < 1 || options.jitter_s > 0 ||
                    !options.policy_class_shares.empty() ||
                    (options.arrivals && options.arrivals->family != "constant" &&
                     options.arrivals->family != "together");
  const std::uint64_t requests = count_requests(workload);
  workload.row.reserve(requests);
  if (workload.copies > 1) workload.copy.reserve(requests);
  if (workload.trace.closed_loop()) {
    number_in_file_order(workload);
    start_sessions(workload, options, seed);
    workload.sessions_max_concurrent = options.sessions_max_concurrent;
  } else if (options.concurrency > 0) {
    number_in_file_order(workload);
    workload.concurrency = options.concurrency;
  } else {
    workload.arrival.reserve(requests);
    ArrivalMerger(workload, options, seed).merge();
  }
  return workload;
}

Workload build_workload(Trace trace, const WorkloadOptions& options,
                        std::uint32_t engine_block_tokens, std::uint64_t seed) {
  return arrange_workload(prepare_workload(std::move(trace), options, engine_block_tokens, seed),
                          options, seed);
}

}  // namespace pigou
