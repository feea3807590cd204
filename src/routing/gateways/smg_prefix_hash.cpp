// SMG's prefix_hash: the first prefix_token_count tokens hash to a ring with 150 points per worker.
// Its owner, dead workers skipped, takes the request if
//   requests in flight <= load_factor * (requests in flight on all + 1) / workers,
// without a ceiling; an idle fleet accepts always. Else the least loaded of those that pass, first
// of equals (SMG calls this walking the ring; it does not); if nobody passes, the owner after all.
// Load is the requests in flight. A prompt's beginning is known in whole trace blocks, at least
// one: with 512-token blocks the default 256 tokens mean the first block. Each side of a split
// cluster runs it on its own ring. Source: lightseekorg/smg prefix_hash.rs@73da68c, hash_ring.rs.
// The later absolute margin (#2150) is not in this tag.
#include "routing/gateways/worker_load.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/hash_ring.hpp"
#include "routing/parts/request_key.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kTokens, kFactor };
constexpr std::uint32_t kVirtualNodes = 150;
constexpr std::uint64_t kSalt = hash_name("smg-blake3");

/// One request against the fleet's mean: 64-bit floating point, as SMG.
bool load_passes(std::int64_t load, const LoadSummary& all, double factor) {
  if (all.total == 0 || all.candidates == 0) return true;
  const double mean = static_cast<double>(all.total + 1) / static_cast<double>(all.candidates);
  return static_cast<double>(load) <= mean * factor;
}

class SmgPrefixHash final : public Policy {
 public:
  SmgPrefixHash(const ParameterValues& values, const PolicyLayout& layout)
      : prefix_tokens_(static_cast<std::int64_t>(values[kTokens])),
        factor_(values[kFactor]),
        load_(layout),
        entry_(layout.entry_count, kVirtualNodes, kSalt),
        decode_(layout.decode_count, kVirtualNodes, kSalt + 1) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.finish = load_.needs_finish();
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kFinish) return load_.finished(decision.slot);
    const std::uint64_t key = prefix_key(view.request(), decision.request, prefix_tokens_);
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{choose(view, load_.entry(view), entry_, key, true)}};
    load_.placed(decision.slot, action.instance);
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(choose(view, side, decode_, key, false));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<SmgPrefixHash>(*this); }

 private:
  std::uint32_t choose(RouterView& view, const FleetSide& side, const HashRing& ring,
                       std::uint64_t key, bool noted) {
    const std::uint32_t owner = ring.walk(key, [&](std::uint32_t i) { return side.usable(i); });
    if (owner == kNoIndex) return 0;
    const std::int64_t* load = side.columns.active_requests;
    const LoadSummary all = summarise_load(side.columns);
    const auto rule = [&](std::string_view name) { return noted ? name : std::string_view(); };
    note_candidate(view, side, owner, static_cast<double>(load[owner]));
    if (load_passes(load[owner], all, factor_)) {
      note_rule(view, rule("ring: the owner of the prefix"));
      return owner;
    }
    // Whoever has the least load passes if anybody does.
    if (!load_passes(all.least, all, factor_)) {
      note_rule(view, rule("everyone above the bound: the owner"));
      return owner;
    }
    return least_cost(view, side, scorer_, LeastOutstandingCost{}, 0,
                      rule("owner above the bound: least load"));
  }

  std::int64_t prefix_tokens_;
  double factor_;
  WorkerLoad load_;
  HashRing entry_;
  HashRing decode_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo smg_prefix_hash_policy() {
  return {
      "smg-prefix-hash@73da68c",
      "SMG: the ring owner of the prompt's beginning unless it is above 1.25 times mean load",
      "source: lightseekorg/smg prefix_hash.rs@73da68c",
      "exact local count, age 0",
      DecodeStage::kWithPrefill,
      false,
      {{"prefix_token_count", ParameterType::kInteger, "tokens", 256, 1, 1e9,
        "tokens of the prompt that are hashed"},
       {"load_factor", ParameterType::kReal, "1", 1.25, 0, 1000,
        "load of the owner, against the mean with this request, above which another is sought"}},
      [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
        return std::make_unique<SmgPrefixHash>(values, layout);
      },
      {},
      "requests in flight",
      kGatewayLost};
}

}  // namespace pigou
