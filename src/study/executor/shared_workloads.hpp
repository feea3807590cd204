// Traces and workloads shared by many runs: each read, prepared and arranged once while it lasts.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "scenario/scenario.hpp"

namespace pigou {

/// Values by name, made by whoever needs one first. What is in use is shared; beyond that the
/// latest used are kept while they fit into `keep_bytes`.
template <class T>
class SharedOnce {
 public:
  using Pointer = std::shared_ptr<const T>;
  SharedOnce(std::size_t keep_bytes, std::size_t (*bytes_of)(const T&))
      : keep_bytes_(keep_bytes), bytes_of_(bytes_of) {}

  Pointer get(const std::string& name, const std::function<Pointer()>& make) {
    std::shared_ptr<Slot> slot;
    {
      const std::lock_guard lock(mutex_);
      auto& place = slots_[name];
      if (!place) place = std::make_shared<Slot>();
      slot = place;
    }
    // Others that want the same value wait here; those that want another one do not.
    const std::lock_guard lock(slot->mutex);
    Pointer value = slot->value.lock();
    if (!value) {
      value = make();
      slot->value = value;
    }
    keep(name, value);
    return value;
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<const T> value;
  };
  struct Kept {
    std::string name;
    Pointer value;
    std::size_t bytes;
  };

  void keep(const std::string& name, const Pointer& value) {
    const std::lock_guard lock(mutex_);
    kept_.remove_if([&](const Kept& kept) {
      if (kept.name == name) kept_bytes_ -= kept.bytes;
      return kept.name == name;
    });
    kept_.push_front({name, value, bytes_of_(*value)});
    kept_bytes_ += kept_.front().bytes;
    while (kept_bytes_ > keep_bytes_ && kept_.size() > 1) {
      kept_bytes_ -= kept_.back().bytes;
      kept_.pop_back();
    }
    if (slots_.size() > 4096)
      std::erase_if(slots_, [](const auto& slot) { return slot.second->value.expired(); });
  }

  std::size_t keep_bytes_;
  std::size_t (*bytes_of_)(const T&);
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
  std::list<Kept> kept_;  ///< latest first
  std::size_t kept_bytes_ = 0;
};

/// Workloads by the scenario's `workload` section, block size and seed. Points of a sweep that
/// differ in nothing of these share one; those that differ in copies, jitter or session starts
/// share the trace with its segments. Thread-safe.
class SharedWorkloads {
 public:
  explicit SharedWorkloads(std::size_t keep_bytes = std::size_t{512} << 20);

  /// Throws UserError as load_trace and make_workload do.
  std::shared_ptr<const Workload> get(const Scenario& scenario, std::uint64_t seed);

 private:
  SharedOnce<Trace> traces_;
  SharedOnce<Workload> prepared_;
  SharedOnce<Workload> workloads_;
};

}  // namespace pigou
