// What engines' answers tell router replicas, and how late.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "simulation/ask.hpp"
#include "simulation/fifo.hpp"
#include "view/view.hpp"

namespace pigou {

/// What an engine's answer tells the replica that sent the request.
struct Report {
  enum class Kind : std::uint8_t {
    kFirstToken,  ///< prefill is done: its tokens are no longer queued
    kHandOff,     ///< the prefill side is done with it; the decode side may have to be chosen
    kEnd,         ///< it has left, and with it all that was booked
    kLost,        ///< the same, because its instance failed: it may be tried again
  };
  Kind kind = Kind::kEnd;
  bool acted_on = false;  ///< an ActedReport says how; else only the replica's books follow
  ReplicaId replica = 0;
  RequestId request;
  SimTime time;  ///< when the replica hears of it
  Booking entry, decode;
};

/// The same for a report that somebody acts on: an event of its own, and its slot is held.
struct ActedReport {
  SimTime time;
  Ask ask;
  bool asks = false;  ///< kHandOff: choose the decode side; else: tell the policy
};

/// Reports on their way, all equally long, so they come in the order they were made and need no
/// place in the event tree. One that nobody acts on is no event: the books follow it when a
/// decision next reads them, unless somebody waits for what it tells.
class Reports {
 public:
  void add(const Report& report) { all_.push(report); }
  /// One that is acted on: `report.acted_on` holds, and both are due at the same time.
  void add(const Report& report, const ActedReport& acted) {
    all_.push(report);
    acted_.push(acted);
  }
  /// When a report is next an event, where those that nobody acts on are (`all`) or are not.
  SimTime next(bool all) const {
    if (all && !all_.empty()) return all_.front().time;
    return acted_.empty() ? kNever : acted_.front().time;
  }
  /// The next event is that from now on.
  void arm(bool all) { time_ = next(all); }
  SimTime time() const { return time_; }

  bool due(SimTime until) const { return !all_.empty() && all_.front().time <= until; }
  Report take() { return all_.pop(); }
  /// What belongs to the report just taken, if it is acted on.
  ActedReport take_acted() { return acted_.pop(); }

 private:
  Fifo<Report> all_;
  Fifo<ActedReport> acted_;  ///< of those that somebody acts on
  SimTime time_ = kNever;
};

}  // namespace pigou
