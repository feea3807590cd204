// What llm-d's router believes pods have cached of a prompt: an approximate state of its own, or
// the engines' KV events with, if asked for, what it has just sent.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "routing/llm_d/pods.hpp"
#include "routing/llm_d/prefix_index.hpp"
#include "routing/llm_d/settings.hpp"
#include "routing/policy.hpp"

namespace pigou {

/// Prefix state of all pods. KV events come from aggregated and prefill pods only, so that decode
/// pods are known approximately under either setting.
class EppPrefixStates {
 public:
  EppPrefixStates(const EppPrefixSettings& settings, const PolicyLayout& layout);

  /// Says that the request will be looked up: nobody has read its blocks for a while.
  static void expect(const RequestView& request);
  /// Says that the open request will be looked up next: the index's memory is asked for.
  void expect_look_up(const RouterView& view, const Decision& decision);
  /// Looks up the open request: fills the prefix columns of both sides.
  void look_up(RouterView& view, const Decision& decision, EppPods& entry, EppPods& decode);
  /// The request looked up last goes to `instance`.
  void sent(RouterView& view, InstanceId instance, SimTime now);
  /// Tokens of it that `instance` is believed to hold, in whole engine blocks; -1: what the view's
  /// own belief says.
  std::int64_t believed_tokens(const RouterView& view, InstanceId instance) const;
  /// Forgets pods that are gone, as the real one does every two minutes.
  void sweep(const RouterView& view, SimTime now);

 private:
  bool precise(InstanceId instance) const {
    return settings_.state == EppPrefixState::kPrecise && instance < entries_;
  }
  std::int64_t block_tokens(const RouterView& view) const;
  void expire(SimTime now);
  void raise_to_speculative(const RequestView& request, const Decision& decision);
  void speculate(InstanceId instance, SimTime now);

  struct Speculation {
    SimTime until;
    std::uint32_t pod = 0;
    std::vector<EppChunk> chunks;
  };
  EppPrefixSettings settings_;
  std::uint32_t entries_;
  std::uint32_t instances_;
  bool approximates_;  ///< some side is known approximately
  EppPromptChunks chunks_;
  EppPromptChunks full_blocks_;  ///< speculation: in engine blocks
  EppPrefixIndex index_;
  EppPlace place_;  ///< in it, of the request looked up last
  EppPrefixIndex speculative_;
  std::vector<Speculation> speculations_;  ///< in order of their end
  std::size_t next_speculation_ = 0;
  PrefixHits matched_;
  PrefixHits speculated_;
  std::int64_t used_block_tokens_ = 1;  ///< of the last approximate look-up
  SimTime next_sweep_;
};

}  // namespace pigou
