// Engine vllm-v1: blocks that generated tokens fill. vLLM names each when it schedules its last
// token. Here a call names them when it leaves, and before that when a call is looked up or
// computed whose prompt has the same answer: a turn that came before the answer ended.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "cluster/cache/segment_path.hpp"
#include "cluster/engine/instance.hpp"
#include "core/ids.hpp"

namespace pigou {

class EngineState;

/// Who generates which answer. Only of rows with an output path is anything noted, so any() is
/// false, and nothing need be asked, in a trace without linked turns.
///
/// Invariant: for every row of every workload copy, the newest call of that request; whether it
/// still generates it says itself (its state, row and copy), so nobody has to take it out.
class Answers {
 public:
  /// Whether any call has been noted.
  bool any() const { return !answering_.empty(); }
  /// `call` has come to an engine. The newest call of a request is the one that generates, if any
  /// does.
  void note(const EngineState& state, CallId call);

  /// `call` is about to be looked up. True for a turn that came early: it finds more with every
  /// block of the answer it waits for.
  bool look_for(EngineState& state, Instance& i, const Call& call, SimTime now);
  /// Before anyone is looked up in the segments of `path` that have blocks in [from, to), or names
  /// blocks there: names what answers have filled of them, where running calls with a place before
  /// `before` come first in the step under way. Of two that answer alike whoever is ahead has named
  /// each block first. Who is looked up when depends on nothing that routers may see, so they hear
  /// of it when the answer ends. True if any answer is under way there.
  bool name(EngineState& state, Instance& i, const PathView& path, std::uint32_t from,
            std::uint32_t to, std::uint64_t before, SimTime now);
  /// Leading blocks of `path`, at most `limit`, that a call scheduled at `now` would find, named or
  /// not.
  std::uint32_t cached_blocks(const EngineState& state, InstanceId instance, const PathView& path,
                              std::uint32_t limit, SimTime now) const;

 private:
  template <class Visit>
  void for_answering(const EngineState& state, const Instance& i, SegmentId segment,
                     std::uint32_t offset, Visit visit) const;

  std::vector<CallId> answering_;  ///< call that generates, by workload copy and row
  std::vector<std::tuple<std::int64_t, std::uint64_t, CallId>> answerers_;
};

/// Tells how much is held of the segments that the call's answer has filled.
void tell_answer(const EngineState& state, Instance& i, Call& call, SimTime now);

}  // namespace pigou
