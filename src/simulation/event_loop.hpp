// The event loop: what is pending, what time it is, and what happens next.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/event_tree.hpp"
#include "core/time.hpp"
#include "simulation/event_sources.hpp"

namespace pigou {

struct Parts;

/// The pending events and the clock. Events happen in the order of their keys; the clock never goes
/// back. Arrivals of an open loop and reports are sorted already and stand beside the tree.
class EventLoop {
 public:
  EventTree events;
  EventSources sources;
  SimTime now;  ///< of the event that is handled, or was last

  /// All sources are registered.
  void start() { events.resize(sources.count()); }
  /// The next event of the tree and the reports, which have one at `report`.
  EventKey next(SimTime report) const {
    const EventKey key{report, Phase::kTimer, sources.first(Source::kReport)};
    return std::min(events.top(), key);
  }
  /// Whether `next` comes before what came up at this instant is asked: signals publish and clients
  /// give up first.
  bool precedes_asks(const EventKey& next) const {
    return next.time == now && next.phase <= Phase::kTimer;
  }
  /// The next event is nearly always one of the tree's contenders: prefetch(source, further) is
  /// called for those that have become one, and once more with `further` while the next events run.
  template <class Prefetch>
  void look_ahead(Prefetch prefetch) {
    for (std::uint32_t n = 0; n < EventTree::kContenders; ++n) {
      const std::uint32_t source = events.contender(n);
      Prefetched& known = contenders_[n];
      if (source != known.source) {
        known = {source, false};
        prefetch(source, false);
      } else if (!known.further) {
        known.further = true;
        prefetch(source, true);
      }
    }
  }

 private:
  /// What has been prefetched for each contender: a source, and whether its further state as well.
  struct Prefetched {
    std::uint32_t source = kNoIndex;
    bool further = false;
  };
  std::array<Prefetched, EventTree::kContenders> contenders_{};
};

enum class Progressed : std::uint8_t {
  kOn,      ///< something has happened, a question been put perhaps
  kPaused,  ///< the next event comes after `until`
  kOver,    ///< nothing is left to happen
};

/// Lets the next thing happen: a question that came up at this instant, or the next event if it is
/// due by `until`.
Progressed progress(Parts& parts, SimTime until);

}  // namespace pigou
