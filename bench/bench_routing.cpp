// One decision of every policy of the table, with its defaults, over fleets of 8, 64 and 4,096
// instances: what a router costs per request once its columns are up to date. Where a policy asks
// to be told of first tokens and ends, telling it of one request of each is part of the cost.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "routing/policy.hpp"

namespace {

using namespace pigou;

constexpr std::uint32_t kPrompts = 4096;
constexpr std::uint32_t kBlock = 512;

/// A steady fleet: plausible loads, and prompts of conversations that share their first block.
class BenchView final : public RouterView {
 public:
  explicit BenchView(std::uint32_t n)
      : RouterView(std::make_shared<const FleetShape>(
            FleetShape{n, n, std::vector<double>(n, 20000), std::vector<std::int64_t>(n, 8192),
                       std::vector<double>(n, 1e-4)})),
        requests(n) {
    const RandomStream stream(1, "bench");
    for (std::uint32_t i = 0; i < n; ++i) {
      prefill_.push_back(stream.below(40000, i, 0));
      blocks_.push_back(stream.below(20000, i, 1));
      requests[i] = stream.below(64, i, 2);
      overlap_.push_back(static_cast<std::int32_t>(stream.below(20, i, 3)));
      running_.push_back(stream.below(64, i, 4));
      usage_.push_back(stream.uniform(i, 5));
      tick_.push_back(0);
    }
    waiting_.assign(n, 0);
    for (std::uint32_t p = 0; p < kPrompts; ++p) {
      std::vector<std::uint32_t> ids = {0, 1 + p / 256};
      for (std::uint32_t b = 0; b < 2 + p % 16; ++b) ids.push_back(100 + p / 16 * 16 + b);
      prompts_.push_back(std::move(ids));
    }
  }

  void ask(std::uint32_t number) {
    const auto& ids = prompts_[mix64(number) % kPrompts];
    RequestView asked;
    asked.row.input_tokens = static_cast<std::int64_t>(ids.size()) * kBlock - 100;
    asked.row.blocks = (asked.row.input_tokens + 15) / 16;
    asked.trace_blocks = ids;
    asked.trace_block_tokens = kBlock;
    asked.session = mix64(number % 1000);
    turn_to(asked);
  }

  std::vector<std::int64_t> requests;

  InstanceColumns loads(Side side) const override {
    InstanceColumns c;
    if (side == Side::kDecode) return c;
    c.active_prefill_tokens = prefill_.data();
    c.active_blocks = blocks_.data();
    c.active_requests = requests.data();
    return c;
  }
  void measure(const PathView&, HeldBlocks& held) override {
    if (held.overlap_blocks != overlap_) held.overlap_blocks = overlap_;
  }
  std::int32_t overlap_of(const PathView&, std::uint32_t i) override { return overlap_[i]; }
  GaugeColumns gauge_columns() override {
    return {running_.data(), waiting_.data(), usage_.data(), tick_.data()};
  }

 private:
  std::vector<std::int64_t> prefill_, blocks_, tick_;
  std::vector<std::int32_t> overlap_;
  std::vector<std::uint32_t> running_, waiting_;
  std::vector<double> usage_;
  std::vector<std::vector<std::uint32_t>> prompts_;
};

/// A policy and the requests it has placed.
class Desk {
 public:
  Desk(const PolicyInfo& info, const ParameterValues& values, std::uint32_t n)
      : view_(n), in_flight_(n / 64 + 1) {
    PolicyLayout layout;
    layout.entry_count = n;
    policy_ = make_policy(info, values, layout);
    needs_ = policy_->needs();
  }

  void ask(RequestId request) {
    view_.ask(request);
    ask(Hook::kArrival, request, kNoIndex);
    if (needs_.first_token || needs_.finish) end_oldest();
    // Somebody else's request leaves, so that loads stay as they are.
    std::vector<std::int64_t>& load = view_.requests;
    if (actions_.front().instance < load.size()) ++load[actions_.front().instance];
    leaving_ = leaving_ + 1 == load.size() ? 0 : leaving_ + 1;
    if (load[leaving_] > 0) --load[leaving_];
  }

 private:
  struct Placed {
    RequestId request, instance;
  };

  void ask(Hook hook, RequestId request, InstanceId instance) {
    Decision decision;
    decision.hook = hook;
    decision.request = request;
    decision.slot = slot_of(request);
    decision.instance = instance;
    decision.time = SimTime{now_ * kPsPerMillisecond};
    if (hook == Hook::kArrival) ++now_;
    actions_.clear();
    policy_->decide(decision, view_, actions_);
    if (!needs_.first_token && !needs_.finish) return;
    if (hook == Hook::kArrival) request_of_[decision.slot] = request;
    for (const Action& action : actions_)
      if (action.kind == ActionKind::kPlace)
        placed_.push_back({request_of_[action.slot], action.instance});
  }
  /// The request that was placed longest ago has its first token and its end, once as many are in
  /// flight as one in 64 instances: prompts that share a beginning go to few of them, and a router
  /// that lets nobody but one wait on each would else be asked for more than they can do.
  void end_oldest() {
    if (placed_.size() < in_flight_) return;
    const std::uint32_t chosen = actions_.front().instance;
    const Placed oldest = placed_.front();
    placed_.pop_front();
    if (needs_.first_token) ask(Hook::kFirstToken, oldest.request, oldest.instance);
    if (needs_.finish) ask(Hook::kFinish, oldest.request, oldest.instance);
    actions_.assign(1, {ActionKind::kPlace, 0, chosen});
  }
  static std::uint32_t slot_of(RequestId request) { return request % kSlots; }

  static constexpr std::uint32_t kSlots = 1 << 16;
  BenchView view_;
  std::unique_ptr<Policy> policy_;
  ViewNeeds needs_;
  std::size_t in_flight_;
  std::deque<Placed> placed_;
  std::vector<std::uint32_t> request_of_ = std::vector<std::uint32_t>(kSlots, 0);
  std::vector<Action> actions_;
  std::int64_t now_ = 0;
  std::size_t leaving_ = 0;
};

void decide(benchmark::State& state, const PolicyInfo& info, const ParameterValues& values) {
  Desk desk(info, values, static_cast<std::uint32_t>(state.range(0)));
  RequestId request = 0;
  for (auto _ : state) desk.ask(request++);
  state.SetItemsProcessed(state.iterations());
}

void add(const PolicyInfo& info, std::string_view parameter = {}, double value = 0) {
  ParameterValues values = default_values(info.parameters);
  std::string name = "decide/" + std::string(info.name);
  if (!parameter.empty()) {
    const std::size_t index = parameter_index("bench", info.parameters, parameter);
    values[index] = value;
    name.append(":").append(parameter).append("=");
    name.append(format_value(info.parameters[index], value));
  }
  benchmark::RegisterBenchmark(
      name.c_str(), [&info, values](benchmark::State& state) { decide(state, info, values); })
      ->Arg(8)
      ->Arg(64)
      ->Arg(4096);
}

const bool registered = [] {
  for (const PolicyInfo& info : policy_table()) add(info);
  // Options that change what a decision costs.
  add(find_policy("dynamo-kv@2026-08"), "overlap_score_credit_decay", 1);
  add(find_policy("dynamo-kv@2026-08"), "temperature", 1);
  return true;
}();

}  // namespace
