// What `--decisions` records: every answer of the router, what it saw, and what was true.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/ids.hpp"
#include "view/decision.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// Whose decisions are recorded: nobody's, everybody's, those of the first `first` requests, or of
/// the requests that output.requests=sample would keep.
struct DecisionOutput {
  enum class Mode : std::uint8_t { kNone, kAll, kFirst, kSample };
  Mode mode = Mode::kNone;
  std::uint64_t first = 0;
};

/// A column that the policy declares (Policy::declares) and noted, over all candidates.
struct DeclaredColumn {
  std::string name, unit, sentence;
  /// Of a score in the weighted sum that is the cost; NaN: it is none, or none on that side.
  double entry_weight = NotedColumn::kNoWeight, decode_weight = NotedColumn::kNoWeight;
  std::vector<double> values = {};  ///< NaN: not noted of that candidate
};

/// One row per answer about a request, in order of time; candidates ragged by `candidate_begin`.
struct DecisionColumns {
  bool asked_for = false;
  std::vector<std::uint64_t> request;
  std::vector<double> time_s;
  std::vector<std::uint8_t> hook;      ///< Hook
  std::vector<std::uint8_t> action;    ///< ActionKind
  std::vector<std::uint32_t> attempt;  ///< > 0: placed before
  std::vector<std::uint32_t> replica;  ///< router replica that answered
  std::vector<std::int32_t> instance;  ///< entry side chosen now, -1: none
  std::vector<std::int32_t> decode_instance;
  std::vector<std::uint32_t> rule;  ///< index into `rules`
  std::vector<std::uint64_t> ties;  ///< candidates that shared the best cost; 0: not said
  std::vector<std::uint32_t> input_tokens;
  std::vector<std::uint32_t> block_tokens;
  std::vector<std::int64_t> hit_tokens;  ///< really cached at admission; -1: not admitted from here
  std::vector<std::uint64_t> candidate_begin = {0};  ///< rows + 1
  // One entry per candidate.
  std::vector<std::int32_t> candidate;        ///< instance
  std::vector<double> cost;                   ///< as the policy said, lower is better; NaN: unsaid
  std::vector<std::int64_t> prefill_tokens;   ///< router's books: placed and not yet prefilled
  std::vector<std::int64_t> active_blocks;    ///< router's books
  std::vector<std::int64_t> active_requests;  ///< router's books
  std::vector<std::int32_t> believed_tokens;  ///< -1: the router believes nothing of its cache
  std::vector<std::uint32_t> cached_tokens;   ///< the truth at this instant
  std::vector<std::int32_t> seen_running;     ///< snapshot; -1: the policy reads none
  std::vector<std::int32_t> seen_waiting;
  std::vector<double> seen_kv_usage;     ///< NaN: the policy reads none
  std::vector<std::string> rules;        ///< distinct, in order of first use; "" is unsaid
  std::vector<DeclaredColumn> declared;  ///< in order of first use

  std::size_t rows() const { return request.size(); }
};

/// Chooses the requests and collects their rows. Part of a simulation's state, and copied with it;
/// empty unless asked for.
class DecisionLog {
 public:
  DecisionLog() = default;
  /// `sample` is output.sample, `requests` the length of the workload.
  DecisionLog(const DecisionOutput& output, std::uint32_t sample, std::uint64_t requests);

  bool on() const { return limit_ > 0; }
  bool wants(RequestId request) const;
  DecisionColumns& columns() { return columns_; }
  /// Index of a rule's name.
  std::uint32_t rule(std::string_view name);
  /// Adds what the policy noted of the candidate pushed last, on its entry or decode side.
  void add_declared(const std::vector<NotedColumn>& noted, bool entry);
  /// Closes the row begun by pushing to `columns()`, whose answer places its request on `entry`
  /// (kNoIndex: it places nothing there).
  void end_row(RequestId request, std::uint32_t entry);
  /// The engine has admitted the request's prompt and found `hit` of its tokens cached.
  void admitted(RequestId request, std::uint64_t hit);

 private:
  DecisionOutput::Mode mode_ = DecisionOutput::Mode::kNone;
  std::uint64_t limit_ = 0;  ///< of the request's number, or of its hash
  DecisionColumns columns_;
  /// Row of the latest answer that placed each request; erased when it is admitted.
  std::unordered_map<std::uint32_t, std::size_t> placed_;
};

}  // namespace pigou
