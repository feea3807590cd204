// Consistent hashing with bounded loads: clockwise from the key's place on the ring, the first
// instance with
//   requests in flight <= ceil(load_factor * (requests in flight on all + 1) / instances).
// One always is: the least loaded. The key is the prompt's first prefix_tokens tokens, in whole
// trace blocks and at least one, or the session. Instances that are down are skipped and not
// counted. Each side of a split cluster has its own ring. Source: Mirrokni, Thorup, Zadimoghaddam
// 2017 (arXiv 1608.01350); the form with the ceiling (lightseekorg/smg's has none:
// smg-prefix-hash).
#include <cmath>

#include "routing/parts/fleet_side.hpp"
#include "routing/parts/hash_ring.hpp"
#include "routing/parts/request_key.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kFactor, kKey, kPrefixTokens, kVirtualNodes };
constexpr std::uint64_t kSalt = hash_name("chwbl");

class Chwbl final : public Policy {
 public:
  Chwbl(const ParameterValues& values, const PolicyLayout& layout)
      : factor_(values[kFactor]),
        by_session_(values[kKey] != 0),
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
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{choose(view, entry_side(view), entry_, key, true)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(choose(view, side, decode_, key, false));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<Chwbl>(*this); }

 private:
  std::uint32_t choose(RouterView& view, const FleetSide& side, const HashRing& ring,
                       std::uint64_t key, bool noted) const {
    const LoadSummary all = summarise_load(side.columns);
    if (all.candidates == 0) return 0;
    const double bound = std::ceil(factor_ * static_cast<double>(all.total + 1) /
                                   static_cast<double>(all.candidates));
    const std::int64_t* load = side.columns.active_requests;
    bool walked = false;
    std::uint32_t last = kNoIndex;
    const std::uint32_t chosen = ring.walk(key, [&](std::uint32_t i) {
      if (!side.usable(i)) return false;
      if (i != last) note_candidate(view, side, i, static_cast<double>(load[i]));
      last = i;
      const bool fits = static_cast<double>(load[i]) <= bound;
      walked = walked || !fits;
      return fits;
    });
    if (noted)
      note_rule(view, walked ? "ring: the first within the bound" : "ring: the owner of the key");
    return chosen == kNoIndex ? first_usable(side) : chosen;
  }

  double factor_;
  bool by_session_;
  std::int64_t prefix_tokens_;
  HashRing entry_;
  HashRing decode_;
};

}  // namespace

PolicyInfo chwbl_policy() {
  return {"chwbl",
          "consistent hashing with bounded loads: the first on the ring within 1.25 times the mean",
          "paper: Mirrokni et al. (arXiv 1608.01350)",
          "exact local count, age 0",
          DecodeStage::kWithPrefill,
          false,
          {{"load_factor", ParameterType::kReal, "1", 1.25, 1, 1000,
            "bound on an instance's load, in mean loads"},
           {"key", ParameterType::kChoice, "1", 0, 0, 1, "what is hashed", {"prefix", "session"}},
           {"prefix_tokens", ParameterType::kInteger, "tokens", 1024, 1, 1e9,
            "tokens of the prompt that are hashed, with key prefix"},
           {"virtual_nodes", ParameterType::kInteger, "points", 160, 1, 10000,
            "points of each instance on the ring"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<Chwbl>(values, layout);
          },
          {},
          "requests in flight",
          {},
          false,
          {{RequestLabel::kSession, "key=session"}}};
}

}  // namespace pigou
