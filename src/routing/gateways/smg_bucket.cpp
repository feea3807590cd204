// SMG's bucket, a prefill policy: each worker serves a range of prompt lengths, in characters. At
// first 4,096 characters are shared evenly and the last range has no end. Every
// bucket_adjust_interval_s the ranges are redrawn over the requests of the last such interval, so
// that each carries the same characters, if characters per worker have more than doubled or halved
// since they were last drawn. While characters sent in that window are uneven (most - least >
// balance_abs_threshold and most > balance_rel_threshold * least; by default almost always) the
// worker with the fewest gets the request, first of equals. Requests leave the window only when
// another arrives. Workers that come or go reset the window and the ranges; the even share is then
// of all lengths, so that the first worker owns every real one until the next redrawing, as in SMG.
// Source: lightseekorg/smg bucket.rs@73da68c with the defaults of its struct (the command line
// passes 64 and 1.5). A token is chars_per_token characters. In an
// aggregated cluster, where SMG would draw at random, the ranges are over all instances. The decode
// side, which bucket leaves to another policy, goes to the fewest requests in flight.
#include <algorithm>

#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kAbs, kRel, kInterval, kCharsPerToken };
constexpr std::int64_t kNoEnd = INT64_MAX;
constexpr std::int64_t kFirstSpan = 4096;

/// Ranges of lengths and the window they are drawn from. Workers are indices of the entry side.
class Buckets {
 public:
  void start(std::vector<std::uint32_t> workers, std::size_t all) {
    workers_ = std::move(workers);
    window_chars_.assign(all, 0);
    ranges_.clear();
    const auto n = static_cast<std::int64_t>(workers_.size());
    const std::int64_t gap = n == 0 ? 0 : span_ / n;
    span_ = kNoEnd;
    for (std::int64_t i = 0; i < n; ++i)
      ranges_.push_back({workers_[static_cast<std::size_t>(i)], i * gap,
                         i + 1 == n ? kNoEnd : (i + 1) * gap - 1});
  }

  /// Whose range holds `chars`; kNoIndex where none does.
  std::uint32_t owner(std::int64_t chars) const {
    const auto range =
        std::ranges::partition_point(ranges_, [&](const Range& r) { return r.last < chars; });
    return range != ranges_.end() && range->first <= chars ? range->worker : kNoIndex;
  }

  /// Characters sent to each worker within the window.
  const std::vector<std::int64_t>& window_chars() const { return window_chars_; }

  void add(std::int64_t chars, std::uint32_t worker, SimTime now, SimTime period) {
    window_chars_[worker] += chars;
    while (oldest_ < window_.size() && now - window_[oldest_].at > period) {
      const Sent& old = window_[oldest_++];
      total_ -= old.chars;
      std::int64_t& held = window_chars_[old.worker];
      held = std::max<std::int64_t>(0, held - old.chars);
    }
    if (2 * oldest_ > window_.size()) {  // moves each entry once at most, and allocates nothing
      window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(oldest_));
      oldest_ = 0;
    }
    window_.push_back({now, chars, worker});
    total_ += chars;
  }

  void redraw() {
    const auto n = static_cast<std::int64_t>(workers_.size());
    if (oldest_ == window_.size() || n == 0) return;
    const std::int64_t share = total_ / n;
    const bool close = share <= 2 * share_ && share_ <= 2 * share && share_ != 0;
    if (close) return;
    share_ = share;
    lengths_.clear();
    for (std::size_t s = oldest_; s < window_.size(); ++s) lengths_.push_back(window_[s].chars);
    std::sort(lengths_.begin(), lengths_.end());
    ranges_.clear();
    std::int64_t first = 0;
    std::size_t next = 0;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      const bool last = w + 1 == workers_.size();
      const std::int64_t end = last ? kNoEnd : range_end(first, share, next);
      ranges_.push_back({workers_[w], first, end});
      if (!last) first = end + 1;
    }
  }

 private:
  struct Range {
    std::uint32_t worker;
    std::int64_t first, last;
  };
  struct Sent {
    SimTime at;
    std::int64_t chars;
    std::uint32_t worker;
  };

  /// The length at which the requests from lengths_[next] on, shortest first, add up to a share.
  std::int64_t range_end(std::int64_t first, std::int64_t share, std::size_t& next) const {
    std::int64_t sum = 0;
    while (next < lengths_.size()) {
      const std::int64_t chars = lengths_[next++];
      sum += chars;
      if (sum >= share) return chars <= first ? first + share : chars;
    }
    return first + share;
  }

  std::int64_t span_ = kFirstSpan;
  std::vector<std::uint32_t> workers_;
  std::vector<Range> ranges_;
  std::vector<Sent> window_;  ///< in order of time, from `oldest_` on
  std::size_t oldest_ = 0;
  std::vector<std::int64_t> window_chars_;
  std::vector<std::int64_t> lengths_;  ///< scratch
  std::int64_t total_ = 0;
  std::int64_t share_ = 0;  ///< characters per worker when the ranges were drawn
};

class SmgBucket final : public Policy {
 public:
  SmgBucket(const ParameterValues& values, const PolicyLayout& layout)
      : values_(values),
        stream_(layout.seed, "router"),
        interval_(from_seconds(values[kInterval], "router.bucket_adjust_interval_s")),
        next_redraw_(interval_) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.instance_change = true;
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const FleetSide side = entry_side(view);
    if (decision.hook == Hook::kInstanceChange) {
      if (decision.instance < side.count() && started_) start(side);
      return;
    }
    if (!started_) start(side);
    if (decision.time >= next_redraw_) {
      buckets_.redraw();  // a second one would find nothing new
      next_redraw_ = {(decision.time.ps / interval_.ps + 1) * interval_.ps};
    }
    Action action{ActionKind::kPlace, decision.slot, InstanceId{choose(view, side, decision)}};
    if (view.split()) {
      const FleetSide decode = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance =
          decode.id(least_cost(view, decode, scorer_, LeastOutstandingCost{}, 0, {}));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<SmgBucket>(*this); }

 private:
  void start(const FleetSide& side) {
    std::vector<std::uint32_t> workers;
    for (std::uint32_t i = 0; i < side.count(); ++i)
      if (side.usable(i)) workers.push_back(i);
    buckets_.start(std::move(workers), side.count());
    started_ = true;
  }

  std::uint32_t choose(RouterView& view, const FleetSide& side, const Decision& decision) {
    const auto chars = static_cast<std::int64_t>(
        static_cast<double>(view.request().row.input_tokens) * values_[kCharsPerToken]);
    FleetSide counted = side;
    counted.columns.own_counts = buckets_.window_chars().data();
    FleetSide loads = side;
    loads.columns.active_requests = buckets_.window_chars().data();
    const LoadSummary sent = summarise_load(loads.columns);
    const bool uneven = sent.most - sent.least > static_cast<std::int64_t>(values_[kAbs]) &&
                        static_cast<float>(sent.most) >
                            static_cast<float>(values_[kRel]) * static_cast<float>(sent.least);
    std::uint32_t chosen = kNoIndex;
    if (uneven) {
      chosen = least_cost(view, counted, scorer_, LeastOwnCountCost{}, 0,
                          "uneven: fewest characters in the window");
    } else {
      chosen = buckets_.owner(chars);
      note_rule(view, "range: the owner of the length");
      if (chosen != kNoIndex) note_candidate(view, side, chosen, 0);
    }
    if (chosen == kNoIndex || !side.usable(chosen)) {
      note_rule(view, "no range holds the length: drawn");
      chosen = draw_usable(side, stream_, decision.request, 0);
      note_candidate(view, side, chosen, 0);
    }
    buckets_.add(chars, chosen, decision.time, interval_);
    return chosen;
  }

  ParameterValues values_;
  RandomStream stream_;
  SimTime interval_;
  SimTime next_redraw_;
  bool started_ = false;
  Buckets buckets_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo smg_bucket_policy() {
  return {"smg-bucket@73da68c",
          "SMG: the worker whose range holds the prompt's length, or with the fewest characters",
          "source: lightseekorg/smg bucket.rs@73da68c",
          "exact local count of characters sent in a window, age 0",
          DecodeStage::kWithPrefill,
          true,
          {{"balance_abs_threshold", ParameterType::kInteger, "characters", 32, 0, 9e15,
            "workers are uneven only if most and least differ by more than this"},
           {"balance_rel_threshold", ParameterType::kReal, "1", 1.0001, 0, 1e6,
            "and the most has more than this times the least"},
           {"bucket_adjust_interval_s", ParameterType::kReal, "s", 5, 0.001, 1e6,
            "time between redrawings, and length of the window"},
           {"chars_per_token", ParameterType::kReal, "characters", 4, 0.01, 100,
            "characters of prompt per token: traces have no text"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<SmgBucket>(values, layout);
          },
          {},
          "characters sent in the window",
          kGatewayLost};
}

}  // namespace pigou
