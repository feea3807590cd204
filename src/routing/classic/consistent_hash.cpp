// Consistent hashing: a key's owner on a ring with virtual_nodes points per instance, whatever its
// load; instances that are down are skipped clockwise. The key is the prompt's first prefix_tokens
// tokens, in whole trace blocks and at least one, so that prompts that begin alike share a cache;
// or the session. A prompt without block ids is its own key. Each side of a split cluster has its
// own ring. Source: textbook (Karger 1997); 160 points as vllm-project/router consistent_hash
// (docs@301790e79034).
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/hash_ring.hpp"
#include "routing/parts/request_key.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kKey, kPrefixTokens, kVirtualNodes };
constexpr std::uint64_t kSalt = hash_name("consistent-hash");

class ConsistentHash final : public Policy {
 public:
  ConsistentHash(const ParameterValues& values, const PolicyLayout& layout)
      : by_session_(values[kKey] != 0),
        prefix_tokens_(static_cast<std::int64_t>(values[kPrefixTokens])),
        entry_(layout.entry_count, static_cast<std::uint32_t>(values[kVirtualNodes]), kSalt),
        decode_(layout.decode_count, static_cast<std::uint32_t>(values[kVirtualNodes]), kSalt + 1) {
  }

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.labels.add(RequestLabel::kSession, by_session_);
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t key = by_session_
                                  ? view.request().session
                                  : prefix_key(view.request(), decision.request, prefix_tokens_);
    note_rule(view, "ring: the owner of the key");
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{owner(view, entry_side(view), entry_, key)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(owner(view, side, decode_, key));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<ConsistentHash>(*this); }

 private:
  static std::uint32_t owner(RouterView& view, const FleetSide& side, const HashRing& ring,
                             std::uint64_t key) {
    const std::uint32_t found = ring.walk(key, [&](std::uint32_t i) { return side.usable(i); });
    if (found == kNoIndex) return 0;
    note_candidate(view, side, found, 0);
    return found;
  }

  bool by_session_;
  std::int64_t prefix_tokens_;
  HashRing entry_;
  HashRing decode_;
};

}  // namespace

PolicyInfo consistent_hash_policy() {
  return {"consistent-hash",
          "the ring owner of the prompt's beginning, or of the session, whatever its load",
          "textbook (Karger 1997); 160 points as vllm-project/router",
          "the prompt's blocks or its session",
          DecodeStage::kWithPrefill,
          false,
          {{"key", ParameterType::kChoice, "1", 0, 0, 1, "what is hashed", {"prefix", "session"}},
           {"prefix_tokens", ParameterType::kInteger, "tokens", 1024, 1, 1e9,
            "tokens of the prompt that are hashed, with key prefix"},
           {"virtual_nodes", ParameterType::kInteger, "points", 160, 1, 10000,
            "points of each instance on the ring"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<ConsistentHash>(values, layout);
          },
          {},
          {},
          {},
          false,
          {{RequestLabel::kSession, "key=session"}}};
}

}  // namespace pigou
