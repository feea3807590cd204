// SMG's consistent_hashing: the session's routing key (header X-SMG-Routing-Key) hashes to a ring
// with 150 points per worker; the first healthy worker clockwise takes it, whatever its load. When
// workers come or go only the keys between them move. A request of no session has a key of its own,
// which spreads as SMG's random fallback for anonymous clients does. X-SMG-Target-Worker, a worker
// named by the client, has no counterpart in a trace. Each side of a split cluster has its own
// ring. Source: lightseekorg/smg consistent_hashing.rs@73da68c, hash_ring.rs.
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/hash_ring.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kVirtualNodes = 150;
constexpr std::uint64_t kSalt = hash_name("smg-blake3");

class SmgConsistentHash final : public Policy {
 public:
  explicit SmgConsistentHash(const PolicyLayout& layout)
      : entry_(layout.entry_count, kVirtualNodes, kSalt),
        decode_(layout.decode_count, kVirtualNodes, kSalt + 1) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.labels = {RequestLabel::kSession};
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t key = view.request().session;
    note_rule(view, "ring: the owner of the session");
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{owner(view, entry_side(view), entry_, key)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(owner(view, side, decode_, key));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override {
    return std::make_unique<SmgConsistentHash>(*this);
  }

 private:
  static std::uint32_t owner(RouterView& view, const FleetSide& side, const HashRing& ring,
                             std::uint64_t key) {
    const std::uint32_t found = ring.walk(key, [&](std::uint32_t i) { return side.usable(i); });
    if (found == kNoIndex) return 0;
    note_candidate(view, side, found, 0);
    return found;
  }

  HashRing entry_;
  HashRing decode_;
};

}  // namespace

PolicyInfo smg_consistent_hash_policy() {
  return {"smg-consistent-hash@73da68c",
          "SMG: the ring owner of the session's key, whatever its load",
          "source: lightseekorg/smg consistent_hashing.rs@73da68c",
          "the session of the request",
          DecodeStage::kWithPrefill,
          false,
          {},
          [](const ParameterValues&, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<SmgConsistentHash>(layout);
          },
          {},
          {},
          kGatewayLost};
}

}  // namespace pigou
