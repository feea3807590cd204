// Preble's E2 rule (exploitation and exploration) as DualMap's paper compares with it. If the
// longest prefix of the prompt believed cached anywhere is longer than the rest of the prompt (more
// than half of it), exploit: an instance that holds that prefix, the least loaded if several do.
// Else explore: the least loaded of all. Load of an instance, in seconds: prefill of what was sent
// there in the last window_s that was not cached, plus the requests there that have had a first
// token, each at the mean time from first token to end of the last 200 requests ended there (the
// first ones: 0). Equals by one draw. Source: papers.md section 2.5, routers.md section 7;
// WukLab/preble@8e7906a, global_scheduler_with_time.py. Left out: virtual eviction costs (off
// there), stealing of important nodes, and the published bug that takes a place in a subset for an
// instance. The cache is the one KV events tell of, where Preble keeps a radix tree of its own.
// Decode side of a split cluster: fewest active blocks, after prefill.
#include <array>
#include <vector>

#include "routing/policy.hpp"
#include "routing/side.hpp"

namespace pigou {
namespace {

enum Value { kWindow, kSecondsPerToken, kLatency };

/// Sum of what was added in the last `span`. Memory is kept.
class RecentSum {
 public:
  void add(SimTime now, double value) {
    if (head_ >= 64 && 2 * head_ >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    items_.push_back({now, value});
  }
  /// Summed anew, so that no rounding is left behind by what has gone.
  double sum(SimTime since) {
    while (head_ < items_.size() && items_[head_].time <= since) ++head_;
    double total = 0;
    for (std::size_t n = head_; n < items_.size(); ++n) total += items_[n].value;
    return total;
  }

 private:
  struct Item {
    SimTime time;
    double value;
  };
  std::vector<Item> items_;
  std::size_t head_ = 0;
};

/// Mean of the last 200 values.
class RecentMean {
 public:
  void add(double value) {
    values_[next_] = value;
    next_ = (next_ + 1) % values_.size();
    filled_ = std::min(filled_ + 1, values_.size());
  }
  double mean() const {
    double total = 0;
    for (std::size_t n = 0; n < filled_; ++n) total += values_[n];
    return filled_ == 0 ? 0 : total / static_cast<double>(filled_);
  }

 private:
  std::array<double, 200> values_{};
  std::size_t next_ = 0, filled_ = 0;
};

class Preble final : public Policy {
 public:
  Preble(const ParameterValues& values, const PolicyLayout& layout)
      : window_(from_seconds(values[kWindow], "router.window_s")),
        seconds_per_token_(values[kSecondsPerToken]),
        latency_s_(values[kLatency]),
        stream_(layout.seed, "router"),
        books_(layout.entry_count) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.kv_event_latency_s = latency_s_;
    needs.first_token = needs.finish = true;
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t draw = decision_draw(stream_, decision);
    switch (decision.hook) {
      case Hook::kPrefillDone:
        actions.push_back(
            {ActionKind::kPlaceDecode, decision.slot, kNoIndex, least_loaded_decode(view, draw)});
        return;
      case Hook::kArrival:
        return place(decision, view, draw, actions);
      case Hook::kFirstToken:
        return first_token(decision);
      case Hook::kFinish:
        return finish(decision);
      default:
        return;  // not asked for
    }
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<Preble>(*this); }

 private:
  struct Books {
    RecentSum prefill_s;
    RecentMean decode_s;
    std::uint32_t decoding = 0;
  };
  /// A request by slot, from its placement on.
  struct Flight {
    std::uint32_t request = kNoIndex;
    std::uint32_t instance = 0;
    SimTime first_token = kNever;
  };

  void place(const Decision& decision, RouterView& view, std::uint64_t draw,
             std::vector<Action>& actions) {
    view.measure_overlap();
    const Side side = entry_side(view);
    const RequestView& request = view.request();
    std::int32_t longest = 0;
    for (std::uint32_t i = 0; i < side.count(); ++i)
      if (side.usable(i)) longest = std::max(longest, side.columns.overlap_blocks[i]);
    const std::int64_t input = request.row.input_tokens;
    const std::int64_t cached = std::int64_t{longest} * request.block_tokens;
    const bool exploits = cached > input - cached;
    note_rule(view,
              exploits ? "exploit: more than half is cached there" : "explore: the least loaded");
    const std::uint32_t chosen =
        least_loaded(view, side, exploits ? longest : 0, decision.time, draw);
    const std::int64_t there =
        std::int64_t{side.columns.overlap_blocks[chosen]} * request.block_tokens;
    const double per_token =
        seconds_per_token_ > 0 ? seconds_per_token_ : side.columns.prefill_s_per_token[chosen];
    books_[chosen].prefill_s.add(
        decision.time, per_token * static_cast<double>(input - std::min(there, input - 1)));
    if (flights_.size() <= decision.slot) flights_.resize(decision.slot + 1);
    flights_[decision.slot] = {decision.request, chosen, kNever};
    actions.push_back({ActionKind::kPlace, decision.slot, chosen});
  }

  double load_s(std::uint32_t i, SimTime now) {
    Books& books = books_[i];
    return books.prefill_s.sum(now - window_) + books.decoding * books.decode_s.mean();
  }

  /// Of those that hold at least `overlap` blocks.
  std::uint32_t least_loaded(RouterView& view, const Side& side, std::int32_t overlap, SimTime now,
                             std::uint64_t draw) {
    double least = 0;
    tied_.clear();
    for (std::uint32_t i = 0; i < side.count(); ++i) {
      if (!side.usable(i) || side.columns.overlap_blocks[i] < overlap) continue;
      const double load = load_s(i, now);
      note_candidate(view, side, i, load);
      if (!tied_.empty() && load > least) continue;
      if (!tied_.empty() && load < least) tied_.clear();
      least = load;
      tied_.push_back(i);
    }
    if (tied_.empty()) return 0;
    if (DecisionNote* note = view.note()) note->ties = tied_.size();
    return tied_[drawn_share(draw, tied_.size())];
  }

  Flight* flight_of(const Decision& decision) {
    if (decision.slot >= flights_.size()) return nullptr;
    Flight& flight = flights_[decision.slot];
    return flight.request == decision.request ? &flight : nullptr;
  }
  void first_token(const Decision& decision) {
    Flight* flight = flight_of(decision);
    if (flight == nullptr || flight->first_token != kNever) return;
    flight->first_token = decision.time;
    ++books_[flight->instance].decoding;
  }
  void finish(const Decision& decision) {
    Flight* flight = flight_of(decision);
    if (flight == nullptr) return;
    if (flight->first_token != kNever) {
      Books& books = books_[flight->instance];
      --books.decoding;
      books.decode_s.add(to_seconds(decision.time - flight->first_token));
    }
    *flight = {};
  }

  SimTime window_;
  double seconds_per_token_;
  double latency_s_;
  RandomStream stream_;
  std::vector<Books> books_;  ///< by instance
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> tied_;
};

}  // namespace

PolicyInfo preble_policy() {
  return {"preble",
          "an instance that holds more than half of the prompt, else the least recently loaded",
          "paper: Preble E2 as DualMap's baseline, papers.md 2.5; routers.md section 7",
          "KV event stream; exact local record of what was sent, first tokens and ends, age 0",
          DecodeStage::kAfterPrefill,
          true,
          {{"window_s", ParameterType::kReal, "s", 180, 1e-3, 1e6,
            "how long what was sent counts as load"},
           {"prefill_s_per_token", ParameterType::kReal, "s", 0, 0, 10,
            "seconds per uncached token in the load; 0 takes the catalogue's"},
           {"kv_event_latency_s", ParameterType::kReal, "s", 0, 0, 3600,
            "time from a change in an engine's cache until the router knows"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<Preble>(values, layout);
          }};
}

}  // namespace pigou
