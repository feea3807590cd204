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
        s_per_token(entries + decodes, 1e-4),
        seen(entries + decodes),
        entries_(entries) {
    ask(1024);
  }

  std::vector<std::int64_t> active_prefill_tokens, active_blocks, active_requests;
  std::vector<std::int32_t> overlap, shared;
  std::vector<std::int32_t> host_blocks, disk_blocks, shared_cache_blocks;  ///< empty: no such tier
  std::map<std::uint32_t, std::vector<std::int32_t>> waiting_overlap;       ///< by path offset
  std::vector<double> s_per_token;
  std::vector<SeenGauges> seen;
  std::vector<std::uint64_t> gauge_changes;  ///< as GaugeColumns::changes; empty: not kept
  RequestView asked;
  std::vector<std::uint32_t> ids;
  std::int64_t batched_tokens = 8192;
  double total_blocks = 10'000;
  std::vector<std::uint8_t> up;  ///< 0: not available; empty: all are
  bool noting = false;
  DecisionNote noted;

  /// The next request: a prompt of `tokens`, whose 512-token blocks have the ids `block_ids`.
  void ask(std::int64_t tokens, std::vector<std::uint32_t> block_ids = {}) {
    ids = std::move(block_ids);
    asked.row = {tokens, (tokens + 15) / 16};
    asked.trace_blocks = ids;
    asked.trace_block_tokens = 512;
  }

  const RequestView& request() const override { return asked; }
  InstanceColumns entry() const override { return columns(0, entries_, measured_); }
  InstanceColumns decode() const override {
    return columns(entries_, active_blocks.size() - entries_, true);
  }
  bool split() const override { return entries_ < active_blocks.size(); }
  std::uint32_t entry_count() const override { return entries_; }
  void measure_overlap() override { measured_ = true; }
  std::int32_t overlap_on(std::uint32_t instance) override { return overlap[instance]; }
  /// Requests are told apart by the offset of their path; one that was not given is cold.
  std::int32_t overlap_of(const PathView& path, std::uint32_t instance) override {
    const auto known = waiting_overlap.find(path.offset);
    return known == waiting_overlap.end() ? 0 : known->second[instance];
  }
  void turn_to(const RequestView& request) override {
    asked = request;
    measured_ = false;
  }
  LowerTierColumns lower_tiers() override {
    const auto column = [](const auto& blocks) { return blocks.empty() ? nullptr : blocks.data(); };
    return {column(host_blocks), column(disk_blocks), column(shared_cache_blocks)};
  }
  SeenGauges gauges(std::uint32_t instance) override { return seen[instance]; }
  GaugeColumns gauge_columns() override {
    running_.clear(), waiting_.clear(), kv_usage_.clear(), tick_.clear();
    for (std::uint32_t i = 0; i < seen.size(); ++i) {
      running_.push_back(seen[i].running);
      waiting_.push_back(seen[i].waiting);
      kv_usage_.push_back(seen[i].kv_usage);
      tick_.push_back(seen[i].tick);
    }
    return {running_.data(), waiting_.data(), kv_usage_.data(), tick_.data(),
            gauge_changes.empty() ? nullptr : gauge_changes.data()};
  }
  bool available(std::uint32_t instance) const override { return up.empty() || up[instance] != 0; }
  double kv_blocks(std::uint32_t) const override { return total_blocks; }
  DecisionNote* note() override { return noting ? &noted : nullptr; }
  std::int64_t max_batched_tokens(std::uint32_t) const override { return batched_tokens; }
  /// No trees here: policies score the columns.
  std::uint32_t least_separable(std::uint64_t) override { return kNoIndex; }
  std::uint32_t least_decode_blocks(std::uint64_t draw) const override {
    std::vector<std::uint32_t> best;
    for (std::uint32_t i = entries_; i < active_blocks.size(); ++i) {
      if (!best.empty() && active_blocks[i] > active_blocks[entries_ + best[0]]) continue;
      if (!best.empty() && active_blocks[i] < active_blocks[entries_ + best[0]]) best.clear();
      best.push_back(i - entries_);
    }
    return best[drawn_share(draw, best.size())];
  }

 private:
  InstanceColumns columns(std::size_t first, std::size_t count, bool beliefs) const {
    InstanceColumns c;
    c.count = static_cast<std::int64_t>(count);
    c.active_prefill_tokens = active_prefill_tokens.data() + first;
    c.active_blocks = active_blocks.data() + first;
    c.active_requests = active_requests.data() + first;
    c.prefill_s_per_token = s_per_token.data() + first;
    c.overlap_blocks = beliefs ? overlap.data() + first : nullptr;
    c.shared_active_blocks = beliefs ? shared.data() + first : nullptr;
    c.eligible = up.empty() ? nullptr : up.data() + first;
    return c;
  }

  std::uint32_t entries_;
  bool measured_ = false;
  std::vector<std::uint32_t> running_, waiting_;
  std::vector<double> kv_usage_;
  std::vector<std::int64_t> tick_;
};

/// The policy `name` with "key=value" settings, made for the fleet of `view`.
inline std::unique_ptr<Policy> policy_for(const FakeView& view, std::string_view name,
                                          const std::vector<std::string>& settings = {},
                                          std::uint64_t seed = 1,
                                          std::shared_ptr<const DynamoProfile> classes = nullptr) {
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
  layout.classes = std::move(classes);
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
  decision.request = decision.slot = request;
  std::vector<Action> actions;
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
  decision.request = request;
  decision.slot = request;
  decision.instance = instance;
  std::vector<Action> actions;
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
