// Embeds Pigou: a synthetic workload, two instances, and a policy that is in no table. Sends a
// prompt to the first instance while it has fewer than `spill` prompt tokens to go through.
#include <cstdio>
#include <memory>
#include <vector>

#include "pigou/pigou.hpp"

namespace {

class Spill final : public pigou::Policy {
 public:
  explicit Spill(std::int64_t spill) : spill_(spill) {}
  void decide(const pigou::Decision& decision, pigou::RouterView& view,
              std::vector<pigou::Action>& actions) override {
    const bool full = view.entry().active_prefill_tokens[0] >= spill_;
    actions.push_back(
        {pigou::ActionKind::kPlace, decision.slot, pigou::InstanceId{full ? 1U : 0U}});
  }
  std::unique_ptr<pigou::Policy> clone() const override { return std::make_unique<Spill>(*this); }

 private:
  std::int64_t spill_;
};

pigou::SimulationConfig two_instances() {
  pigou::PoolConfig pool;
  pool.name = "serve";
  pool.count = 2;
  pool.kv_blocks = 20'000;
  pool.model.step = pigou::constant_step_model({20 * pigou::kPsPerMillisecond}, 8192);
  pigou::SimulationConfig config;
  config.cluster.pools.push_back(pool);
  return config;
}

}  // namespace

int main() {
  try {
    pigou::SynthOptions synth;
    synth.requests = 2000;
    synth.arrivals.rate = 20;
    synth.groups = 8;
    synth.system_tokens = 1024;
    const pigou::SimulationConfig config = two_instances();
    const auto workload = std::make_shared<const pigou::Workload>(
        pigou::build_workload(pigou::synthesize_trace(synth), {}, 16, config.seed));
    Spill policy(4096);
    pigou::Simulation simulation(workload, config, policy.needs());
    std::vector<pigou::Action> actions;
    while (const pigou::Decision* decision = simulation.advance()) {
      actions.clear();
      policy.decide(*decision, simulation.view(), actions);
      simulation.apply(actions);
    }
    const pigou::RunSummary summary = simulation.finish().summary;
    std::printf("%llu of %llu finished, TTFT p99 %.3f s, hit ratio %.3f\n",
                static_cast<unsigned long long>(summary.finished),
                static_cast<unsigned long long>(summary.arrived), summary.ttft.p99,
                summary.hit_ratio);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "embed: %s\n", error.what());
    return 1;
  }
}
