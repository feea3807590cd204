// A router's window made of plain vectors, so that a test can say what the fleet looks like.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "routing/policy.hpp"

namespace pigou {

/// Columns over entry instances, then decode instances. What a policy may not read is absent:
/// overlap before measure_overlap(), as in the real view.
class FakeView final : public RouterView {
 public:
  explicit FakeView(std::uint32_t entries, std::uint32_t decodes = 0)
      : active_prefill_tokens(entries + decodes),
        active_blocks(entries + decodes),
        active_requests(entries + decodes),
        overlap(entries + decodes),
        shared(entries + decodes),
        seen(entries + decodes) {
    const std::uint32_t all = entries + decodes;
    change_fleet([&](FleetShape& fleet) {
      fleet = {entries, entries, std::vector<double>(all, 10'000),
               std::vector<std::int64_t>(all, 8192), std::vector<double>(all, 1e-4)};
    });
    ask(1024);
  }

  std::vector<std::int64_t> active_prefill_tokens, active_blocks, active_requests;
  std::vector<std::int32_t> overlap, shared;
  std::vector<std::int32_t> host_blocks, disk_blocks, shared_cache_blocks;  ///< empty: no such tier
  std::map<std::uint32_t, std::vector<std::int32_t>> waiting_overlap;       ///< by path offset
  std::vector<SeenGauges> seen;
  std::vector<std::uint64_t> gauge_changes;  ///< as GaugeColumns::changes; empty: not kept
  std::vector<std::uint32_t> ids;
  std::vector<std::uint8_t> up;  ///< 0: not available; empty: all are

  RequestView& asked() { return open_request(); }
  void set_kv_blocks(double blocks) {
    change_fleet([&](FleetShape& fleet) { fleet.kv_blocks.assign(fleet.count(), blocks); });
  }
  void set_max_batched_tokens(std::int64_t tokens) {
    change_fleet(
        [&](FleetShape& fleet) { fleet.max_batched_tokens.assign(fleet.count(), tokens); });
  }
  void set_prefill_s_per_token(std::vector<double> seconds) {
    change_fleet([&](FleetShape& fleet) { fleet.prefill_s_per_token = std::move(seconds); });
  }

  /// The next request: a prompt of `tokens`, whose 512-token blocks have the ids `block_ids`.
  void ask(std::int64_t tokens, std::vector<std::uint32_t> block_ids = {}) {
    ids = std::move(block_ids);
    asked().row = {tokens, (tokens + 15) / 16};
    asked().trace_blocks = ids;
    asked().trace_block_tokens = 512;
    reopen();
  }
  /// Another decision about the same request: it is measured and noted anew.
  void reopen() { begin(RequestView(request())); }

  InstanceColumns loads(Side side) const override {
    const std::size_t first = side == Side::kEntry ? 0 : entry_count();
    InstanceColumns c;
    c.active_prefill_tokens = active_prefill_tokens.data() + first;
    c.active_blocks = active_blocks.data() + first;
    c.active_requests = active_requests.data() + first;
    c.eligible = up.empty() ? nullptr : up.data() + first;
    return c;
  }
  /// Requests are told apart by the offset of their path; one that was not given is cold.
  void measure(const PathView& path, HeldBlocks& held) override {
    held = {overlap, shared, host_blocks, disk_blocks, shared_cache_blocks};
    held.overlap_blocks.resize(fleet().count());
    held.shared_active_blocks.resize(fleet().count());
    if (path.offset == request().path.offset) return;
    const auto known = waiting_overlap.find(path.offset);
    held.overlap_blocks =
        known == waiting_overlap.end() ? std::vector<std::int32_t>(overlap.size()) : known->second;
  }
  GaugeColumns gauge_columns() override {
    running_.clear(), waiting_.clear(), kv_usage_.clear(), tick_.clear();
    for (const SeenGauges& gauges : seen) {
      running_.push_back(gauges.running);
      waiting_.push_back(gauges.waiting);
      kv_usage_.push_back(gauges.kv_usage);
      tick_.push_back(gauges.tick);
    }
    return {running_.data(), waiting_.data(), kv_usage_.data(), tick_.data(),
            gauge_changes.empty() ? nullptr : gauge_changes.data()};
  }

 private:
  /// A copy of this view has a fleet of its own.
  template <class Change>
  void change_fleet(Change change) {
    FleetShape changed = shared_fleet() == nullptr ? FleetShape{} : fleet();
    change(changed);
    set_fleet(std::make_shared<const FleetShape>(std::move(changed)));
  }

  std::vector<std::uint32_t> running_, waiting_;
  std::vector<double> kv_usage_;
  std::vector<std::int64_t> tick_;
};

/// The policy `name` with "key=value" settings, made for the fleet of `view`.
inline std::unique_ptr<Policy> policy_for(const FakeView& view, std::string_view name,
                                          const std::vector<std::string>& settings = {},
                                          std::uint64_t seed = 1,
                                          std::shared_ptr<const PolicyFile> file = nullptr) {
  const PolicyInfo& info = find_policy(name);
  ParameterValues values = default_values(info.parameters);
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    const std::size_t p = parameter_index(name, info.parameters, setting.substr(0, equals));
    values[p] = parse_value(name, info.parameters[p], setting.substr(equals + 1));
  }
  const auto all = static_cast<std::uint32_t>(view.active_blocks.size());
  PolicyLayout layout;
  layout.entry_count = view.entry_count();
  layout.decode_count = all - view.entry_count();
  layout.seed = seed;
  layout.file = std::move(file);
  layout.lower_tiers =
      !view.host_blocks.empty() || !view.disk_blocks.empty() || !view.shared_cache_blocks.empty();
  return make_policy(info, values, layout);
}

/// What `policy` answers when asked about `request` at `now`.
inline std::vector<Action> answers(Policy& policy, FakeView& view, Hook hook, std::uint32_t request,
                                   SimTime now = {}) {
  Decision decision;
  decision.hook = hook;
  decision.time = now;
  decision.request = RequestId{request};
  decision.slot = SlotId{request};
  std::vector<Action> actions;
  view.reopen();
  policy.decide(decision, view, actions);
  return actions;
}

/// The one action `policy` answers with at `now`.
inline Action answer_at(Policy& policy, FakeView& view, std::uint32_t request, SimTime now,
                        Hook hook = Hook::kArrival) {
  const std::vector<Action> actions = answers(policy, view, hook, request, now);
  require(actions.size() == 1, "these policies answer with one action");
  require(actions[0].slot == request, "an action is about the decision's request");
  return actions[0];
}

/// The same at time 0.
inline Action answer(Policy& policy, FakeView& view, std::uint32_t request = 0,
                     Hook hook = Hook::kArrival) {
  return answer_at(policy, view, request, SimTime{}, hook);
}

/// Tells `policy` of an event it has asked for; it must not answer.
inline void notify(Policy& policy, FakeView& view, Hook hook, std::uint32_t request,
                   std::uint32_t instance, SimTime now) {
  Decision decision;
  decision.hook = hook;
  decision.time = now;
  decision.request = RequestId{request};
  decision.slot = SlotId{request};
  decision.instance = InstanceId{instance};
  std::vector<Action> actions;
  view.reopen();
  policy.decide(decision, view, actions);
  require(actions.empty(), "a notification is not answered here");
}

/// Pearson's statistic of `counts` against equal expectations.
inline double chi_square(const std::vector<int>& counts) {
  double total = 0;
  for (const int n : counts) total += n;
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const int n : counts) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

}  // namespace pigou
