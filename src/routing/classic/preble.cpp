// Preble's E2 rule (exploitation and exploration) as DualMap's paper compares with it. If the
// longest prefix of the prompt believed cached anywhere is longer than the rest of the prompt (more
// than half of it), exploit: an instance that holds that prefix, the least loaded if several do.
// Else explore: the least loaded of all. Load of an instance, in seconds: prefill of what was sent
// there in the last window_s that was not cached, plus the requests there that have had a first
// token, each at the mean time from first token to end of the last 200 requests ended there (the
// first ones: 0). Equals by one draw. Source: the baseline of ASISys/DualMap;
// WukLab/preble@8e7906a, global_scheduler_with_time.py. Left out: virtual eviction costs (off
// there), stealing of important nodes, and the published bug that takes a place in a subset for an
// instance. The cache is the one KV events tell of, where Preble keeps a radix tree of its own.
// Decode side of a split cluster: fewest active blocks, after prefill.
#include <array>
#include <vector>

#include "core/vector_versions.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kWindow, kSecondsPerToken, kLatency };

/// Sum of what was added since some time. Memory is kept.
class RecentSum {
 public:
  void add(SimTime now, double value) {
    if (head_ >= 64 && 2 * head_ >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    items_.push_back({now, value});
    sum_ += value;
  }
  /// What was added at `since` or before no longer counts. Summed anew, from the oldest on, as if
  /// at every look, so that no rounding is left behind by what has gone.
  void expire(SimTime since) {
    if (head_ == items_.size() || items_[head_].time > since) return;
    while (head_ < items_.size() && items_[head_].time <= since) ++head_;
    sum_ = 0;
    for (std::size_t n = head_; n < items_.size(); ++n) sum_ += items_[n].value;
  }
  double sum() const { return sum_; }

 private:
  struct Item {
    SimTime time;
    double value;
  };
  std::vector<Item> items_;
  std::size_t head_ = 0;
  double sum_ = 0;
};

/// Mean of the last 200 values.
class RecentMean {
 public:
  void add(double value) {
    values_[next_] = value;
    next_ = (next_ + 1) % values_.size();
    filled_ = std::min(filled_ + 1, values_.size());
    double total = 0;
    for (std::size_t n = 0; n < filled_; ++n) total += values_[n];
    mean_ = total / static_cast<double>(filled_);
  }
  double mean() const { return mean_; }

 private:
  std::array<double, 200> values_{};
  std::size_t next_ = 0, filled_ = 0;
  double mean_ = 0;
};

/// The longest overlap of the eligible candidates.
PIGOU_VECTOR_VERSIONS std::int32_t longest_overlap(const InstanceColumns& columns) {
  const std::int32_t* overlap = columns.overlap_blocks;
  const std::uint8_t* eligible = columns.eligible;
  std::int32_t longest = 0;
  if (eligible == nullptr) {
    for (std::int64_t i = 0; i < columns.count; ++i)
      longest = overlap[i] > longest ? overlap[i] : longest;
  } else {
    for (std::int64_t i = 0; i < columns.count; ++i)
      longest = eligible[i] != 0 && overlap[i] > longest ? overlap[i] : longest;
  }
  return longest;
}

/// Marks the eligible candidates that hold at least `least` blocks.
PIGOU_VECTOR_VERSIONS void mark_holders(const InstanceColumns& columns, std::int32_t least,
                                        std::uint8_t* __restrict holders) {
  const std::int32_t* overlap = columns.overlap_blocks;
  const std::uint8_t* eligible = columns.eligible;
  for (std::int64_t i = 0; i < columns.count; ++i) holders[i] = overlap[i] >= least ? 1 : 0;
  if (eligible == nullptr) return;
  for (std::int64_t i = 0; i < columns.count; ++i) holders[i] = eligible[i] != 0 ? holders[i] : 0;
}

class Preble final : public Policy {
 public:
  Preble(const ParameterValues& values, const PolicyLayout& layout)
      : window_(from_seconds(values[kWindow], "router.window_s")),
        seconds_per_token_(values[kSecondsPerToken]),
        latency_s_(values[kLatency]),
        stream_(layout.seed, "router"),
        books_(layout.entry_count),
        load_s_(layout.entry_count, 0),
        holders_(layout.entry_count, 0) {}

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
  struct Sent {
    SimTime time;
    InstanceId instance = 0;
  };
  /// A request by slot, from its placement on.
  struct Flight {
    RequestId request = kNoIndex;
    InstanceId instance = 0;
    SimTime first_token = kNever;
  };

  void place(const Decision& decision, RouterView& view, std::uint64_t draw,
             std::vector<Action>& actions) {
    view.measure_overlap();
    const FleetSide side = entry_side(view);
    const RequestView& request = view.request();
    const std::int32_t longest = longest_overlap(side.columns);
    const std::int64_t input = request.row.input_tokens;
    const std::int64_t cached = std::int64_t{longest} * request.block_tokens;
    const bool exploits = cached > input - cached;
    note_rule(view,
              exploits ? "exploit: more than half is cached there" : "explore: the least loaded");
    expire(decision.time - window_);
    const InstanceId chosen{least_loaded(view, side, exploits ? longest : 0, draw)};
    const std::int64_t there =
        std::int64_t{side.columns.overlap_blocks[chosen]} * request.block_tokens;
    const double per_token =
        seconds_per_token_ > 0 ? seconds_per_token_ : side.columns.prefill_s_per_token[chosen];
    books_[chosen].prefill_s.add(
        decision.time, per_token * static_cast<double>(input - std::min(there, input - 1)));
    sent_.push_back({decision.time, chosen});
    book_load(chosen);
    if (flights_.size() <= decision.slot) flights_.resize(decision.slot + 1);
    flights_[decision.slot] = {decision.request, chosen, kNever};
    actions.push_back({ActionKind::kPlace, decision.slot, chosen});
  }

  /// Keeps the column of loads as it would come out if every load were worked out now.
  void book_load(std::uint32_t i) {
    const Books& books = books_[i];
    load_s_[i] = books.prefill_s.sum() + books.decoding * books.decode_s.mean();
  }
  void expire(SimTime since) {
    for (; expired_ < sent_.size() && sent_[expired_].time <= since; ++expired_) {
      const std::uint32_t i = sent_[expired_].instance;
      books_[i].prefill_s.expire(since);
      book_load(i);
    }
    if (expired_ < 1024 || 2 * expired_ < sent_.size()) return;
    sent_.erase(sent_.begin(), sent_.begin() + static_cast<std::ptrdiff_t>(expired_));
    expired_ = 0;
  }

  /// Of those that hold at least `overlap` blocks.
  std::uint32_t least_loaded(RouterView& view, FleetSide side, std::int32_t overlap,
                             std::uint64_t draw) {
    side.columns.own_values = load_s_.data();
    if (overlap > 0) {
      mark_holders(side.columns, overlap, holders_.data());
      side.columns.eligible = holders_.data();
    }
    const ChoiceResult chosen = scorer_.choose(LeastOwnValueCost{}, ArgminChoice{},
                                               view.request().row, side.columns, PoolRow{}, draw);
    note_scan(view, side, LeastOwnValueCost{});
    return chosen.index == kNoChoice ? 0 : chosen.index;
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
    book_load(flight->instance);
  }
  void finish(const Decision& decision) {
    Flight* flight = flight_of(decision);
    if (flight == nullptr) return;
    if (flight->first_token != kNever) {
      Books& books = books_[flight->instance];
      --books.decoding;
      books.decode_s.add(to_seconds(decision.time - flight->first_token));
      book_load(flight->instance);
    }
    *flight = {};
  }

  SimTime window_;
  double seconds_per_token_;
  double latency_s_;
  RandomStream stream_;
  std::vector<Books> books_;    ///< by instance
  std::vector<double> load_s_;  ///< by instance
  std::vector<Sent> sent_;      ///< in order of time; those before expired_ no longer count
  std::size_t expired_ = 0;
  std::vector<std::uint8_t> holders_;  ///< scratch: candidates where some hold more than others
  std::vector<Flight> flights_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo preble_policy() {
  return {"preble",
          "an instance that holds more than half of the prompt, else the least recently loaded",
          "paper: Preble E2 as baseline of DualMap (arXiv 2602.06502); WukLab/preble@8e7906a",
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
          },
          {},
          "load in seconds of prefill and decode work per instance"};
}

}  // namespace pigou
