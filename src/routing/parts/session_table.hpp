// Which worker a session sticks to, forgotten after it has been idle.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/flat_map.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace pigou {

/// Up to two workers per session, the elder first. A sweep every `sweep` removes sessions not asked
/// about for `idle`; either 0: none ever.
class SessionTable {
 public:
  struct Entry {
    std::array<std::uint32_t, 2> workers = {kNoIndex, kNoIndex};
    SimTime last;
  };

  SessionTable(SimTime idle, SimTime sweep) : idle_(idle), sweep_(sweep), next_sweep_(sweep) {}

  /// The entry of `session` with its time set to `now`; new ones have no worker.
  Entry& touch(std::uint64_t session, SimTime now) {
    if (sweep_.ps > 0 && idle_.ps > 0 && now >= next_sweep_) remove_idle(now);
    Entry& entry = entries_[key_of(session)];
    entry.last = now;
    return entry;
  }
  /// For how long `session` has not been touched; 0 if it is not known.
  SimTime idle_since(std::uint64_t session, SimTime now) const {
    const Entry* entry = entries_.find(key_of(session));
    return entry == nullptr ? SimTime{} : now - entry->last;
  }
  /// Remembers `worker`, in place of the elder where there are two.
  static void push(Entry& entry, std::uint32_t worker) {
    if (entry.workers[0] == kNoIndex) {
      entry.workers[0] = worker;
      return;
    }
    if (entry.workers[1] != kNoIndex) entry.workers[0] = entry.workers[1];
    entry.workers[1] = worker;
  }
  std::size_t size() const { return entries_.size(); }

 private:
  /// The largest key is the map's own.
  static std::uint64_t key_of(std::uint64_t session) {
    return session == FlatMap<Entry, std::uint64_t>::kFree ? session - 1 : session;
  }
  /// As of the last sweep due by `now`: an entry idle then has not been touched since.
  void remove_idle(SimTime now) {
    const SimTime sweep{now.ps / sweep_.ps * sweep_.ps};
    next_sweep_ = sweep + sweep_;
    idle_sessions_.clear();
    entries_.for_each([&](std::uint64_t session, const Entry& entry) {
      if (sweep - entry.last >= idle_) idle_sessions_.push_back(session);
    });
    for (const std::uint64_t session : idle_sessions_) entries_.erase(session);
  }

  SimTime idle_;
  SimTime sweep_;
  SimTime next_sweep_;
  FlatMap<Entry, std::uint64_t> entries_;
  std::vector<std::uint64_t> idle_sessions_;  ///< scratch
};

}  // namespace pigou
