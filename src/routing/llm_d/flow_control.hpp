// llm-d's flow control: the router's own queue, in which requests wait while the pool is saturated.
// Source: llm-d/llm-d-router pkg/epp/framework/plugins/flowcontrol/fairness/globalstrict/
// global_strict.go@683100dc, fairness/roundrobin/roundrobin.go@1f92d0b0, ordering/slodeadline/
// slo_deadline.go@0f255d70, ordering/edf/edf.go@683100dc.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "routing/llm_d/settings.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// A request that waits, as it came.
struct EppTicket {
  SlotId slot = kNoIndex;
  RequestId request = kNoIndex;  ///< number in the workload
  SimTime since;                 ///< when it came to the router
  RequestView view;
};

/// A band for each priority, the highest first. In a band, flows (the label `tenant`) count for
/// nothing, or take turns by name; in a flow, or a band without them, who came first leaves first,
/// or whose TTFT target ends first (the label `slo_ttft_ms`; without one after those with one).
/// While somebody waits the pool is looked at every cycle, and a look at an unsaturated pool lets
/// one go. Earliest deadline first is not here: with one time to live for all it is the first.
class EppFlowControl {
 public:
  enum class Answer : std::uint8_t { kDispatch, kQueue, kReject };

  explicit EppFlowControl(const EppSettings& settings)
      : on_(settings.flow_control),
        by_flow_(settings.fairness == EppFairness::kRoundRobin),
        by_deadline_(settings.ordering == EppOrdering::kSloDeadline),
        cycle_(settings.dispatch_cycle),
        max_queued_(settings.max_queued) {}

  bool on() const { return on_; }
  /// A request has come in; kQueue: it waits from now on.
  Answer arrived(const EppTicket& ticket, double saturation);
  /// Its place among those that wait, turns of flows aside: smaller leaves first.
  std::int64_t order(const EppTicket& ticket) const;
  /// Gone, whatever the reason; nothing where it does not wait.
  void left(SlotId slot);
  /// Nobody waits.
  void cleared();
  bool empty() const { return queued_ == 0; }

  /// Whose turn it is: not when empty. Looking moves no turn.
  const EppTicket& first();
  /// Takes out whose turn it is.
  EppTicket take();
  /// Whether one may go at this look.
  bool releases(double saturation, SimTime now) {
    if (saturation >= 1 || now < next_) return false;
    next_ = now + cycle_;
    return true;
  }
  SimTime next_look(SimTime now) const { return now + cycle_; }

 private:
  struct Entry {
    SimTime deadline;
    std::uint64_t number = 0;  ///< in order of coming
    SlotId slot = kNoIndex;
  };
  struct Flow {
    std::string_view name;
    std::vector<Entry> heap;  ///< may hold some that have left
  };
  struct Band {
    std::int64_t rank = 0;    ///< smaller first
    std::vector<Flow> flows;  ///< by name
    std::string_view last;    ///< flow that had the last turn
    bool turned = false;      ///< somebody had one
  };
  struct Waiting {
    std::uint64_t number = 0;  ///< 0: does not wait
    EppTicket ticket;
  };

  static std::int64_t rank_of(double priority);
  SimTime deadline_of(const EppTicket& ticket) const;
  Flow& flow_of(const EppTicket& ticket);
  bool waits(const Entry& entry) const { return waiting_[entry.slot].number == entry.number; }
  bool trim(Flow& flow) const;
  Flow* next_flow(Band& band) const;

  bool on_, by_flow_, by_deadline_;
  SimTime cycle_;
  std::int64_t max_queued_;
  std::int64_t queued_ = 0;
  SimTime next_;  ///< no second request before
  std::uint64_t came_ = 0;
  std::vector<Band> bands_;       ///< by rank
  std::vector<Waiting> waiting_;  ///< by slot
};

}  // namespace pigou
