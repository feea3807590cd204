// What one scheduling cycle of llm-d's router knows of the pods of one side, column by column, and
// what a router counts itself of the requests it has sent.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// One cycle's columns over the pods of a side. Filters clear `keep`, scorers read what is left.
/// Columns nobody in the profile reads are null.
struct EppPods {
  std::uint32_t count = 0;
  std::uint32_t first = 0;  ///< index of its first pod among all instances
  bool prefills_only = false;
  std::uint8_t* keep = nullptr;  ///< 1: a candidate, 0: not
  bool all_kept = false;         ///< nobody has been taken away, as far as is known
  // Scraped, as old as the scrape.
  const std::uint32_t* running = nullptr;
  const std::uint32_t* waiting = nullptr;
  const double* kv_usage = nullptr;
  const std::uint64_t* gauge_changes = nullptr;  ///< GaugeColumns::changes of this side
  AdapterColumns adapters;                       ///< of all instances, not of the side
  std::uint32_t request_adapter = 0;             ///< 0: the base model
  const std::int64_t* tick = nullptr;            ///< below 0: never scraped, which counts as stale
  // Counted by this router, age 0.
  const std::int64_t* requests = nullptr;
  const std::int64_t* tokens = nullptr;  ///< uncached prompt tokens without a first token yet
  // Prefix state, in blocks of `block_tokens` tokens.
  const std::int32_t* matched = nullptr;
  bool few_hold = false;                   ///< all that have matched any are among `holders`
  std::span<const std::uint32_t> holders;  ///< of both sides, by index among all instances
  std::int64_t prompt_blocks = 0;
  std::int64_t block_tokens = 1;
  std::int64_t input_tokens = 0;
  // Predicted: target less prediction, in seconds.
  const double* ttft_headroom_s = nullptr;
  const double* tpot_headroom_s = nullptr;
  const double* predicted_ttft_s = nullptr;

  /// Pod i among all instances.
  InstanceId id(std::uint32_t i) const { return InstanceId{first + i}; }
  bool kept(std::uint32_t i) const { return keep[i] != 0; }
  std::uint32_t kept_count() const {
    std::uint32_t n = 0;
    for (std::uint32_t i = 0; i < count; ++i) n += keep[i];
    return n;
  }
  /// Share of the prompt's blocks pod i holds.
  double hit_ratio(std::uint32_t i) const {
    if (prompt_blocks == 0) return 0;
    return static_cast<double>(matched[i]) / static_cast<double>(prompt_blocks);
  }
  /// Prompt tokens pod i has to compute; those beyond the hashed blocks in any case.
  std::int64_t uncached_tokens(std::uint32_t i) const {
    if (matched == nullptr) return input_tokens;
    const std::int64_t missing = (prompt_blocks - matched[i]) * block_tokens;
    const std::int64_t tail = input_tokens - prompt_blocks * block_tokens;
    return (missing > 0 ? missing : 0) + (tail > 0 ? tail : 0);
  }
};

/// Requests and prompt tokens in flight per instance, from sending until the first token (tokens,
/// and all of a prefill pod's part) or the end (requests).
class EppInflight {
 public:
  explicit EppInflight(std::uint32_t instances) : requests_(instances, 0), tokens_(instances, 0) {}

  const std::int64_t* requests(std::uint32_t first) const { return requests_.data() + first; }
  const std::int64_t* tokens(std::uint32_t first) const { return tokens_.data() + first; }

  void placed(SlotId slot, InstanceId prefill, std::int64_t prefill_tokens, InstanceId answers,
              std::int64_t tokens) {
    finished(slot);
    if (sent_.size() <= slot) sent_.resize(slot + 1);
    sent_[slot] = {prefill, answers, prefill_tokens, tokens};
    add(prefill, 1, prefill_tokens);
    add(answers, 1, tokens);
  }
  void first_token(SlotId slot) {
    if (slot >= sent_.size()) return;
    Sent& sent = sent_[slot];
    add(sent.prefill, -1, -sent.prefill_tokens);
    add(sent.answers, 0, -sent.tokens);
    sent.prefill = kNoIndex;
    sent.tokens = 0;
  }
  void finished(SlotId slot) {
    if (slot >= sent_.size()) return;
    first_token(slot);
    add(sent_[slot].answers, -1, 0);
    sent_[slot].answers = kNoIndex;
  }

 private:
  struct Sent {
    InstanceId prefill = kNoIndex;  ///< pod that only prefills
    InstanceId answers = kNoIndex;  ///< pod that answers
    std::int64_t prefill_tokens = 0;
    std::int64_t tokens = 0;
  };
  void add(InstanceId instance, std::int64_t requests, std::int64_t tokens) {
    if (instance == kNoIndex) return;
    requests_[instance] += requests;
    tokens_[instance] += tokens;
  }

  std::vector<std::int64_t> requests_, tokens_;
  std::vector<Sent> sent_;  ///< by slot
};

}  // namespace pigou
