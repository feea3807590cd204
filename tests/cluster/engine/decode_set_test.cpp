// Does the decode set, kept as counts, say what its members would one by one?
#include "cluster/engine/decode_set.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "cluster/engine/rule_state.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

/// What each member has computed and emitted, counted step by step.
struct Plain {
  std::uint32_t computed;
  std::uint32_t generated;
};

class BothSets {
 public:
  explicit BothSets(unsigned seed) : rng_(seed) {
    rules_.row(16, 1, 0);
    rules_.start(1000);
  }
  void change() {
    Instance& i = rules_.state.at(0);
    if (rng_() % 3 == 0 && !plain_.empty()) {
      const auto member = std::next(plain_.begin(), static_cast<long>(rng_() % plain_.size()));
      leave_decode_set(rules_.state, i, member->first);
      const Call& c = rules_.state.calls[member->first];
      ASSERT_EQ(c.computed, member->second.computed);
      ASSERT_EQ(c.generated, member->second.generated);
      ASSERT_EQ(c.blocks, (c.computed + 15) / 16);
      plain_.erase(member);
    } else if (rng_() % 2 == 0) {
      const CallId call = rules_.state.calls.make();
      Call& c = rules_.state.calls[call];
      c.instance = 0;
      c.order = i.next_order++;
      c.computed = 1 + below(100);
      c.generated = below(10);
      c.target = c.generated + 1 + below(50);
      plain_[call] = {c.computed, c.generated};
      join_decode_set(rules_.state, i, call);
    } else {
      step();
    }
    check(i);
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(rng_() % n); }
  void step() {
    Instance& i = rules_.state.at(0);
    for (auto& [call, p] : plain_) {
      if (p.generated + 1 == rules_.state.calls[call].target) return;  // somebody would end
    }
    i.decode_context += i.decode_count;
    ++i.step;
    for (auto& [call, p] : plain_) ++p.computed, ++p.generated;
  }
  void check(Instance& i) {
    ASSERT_EQ(i.decode_count, plain_.size());
    std::int64_t context = 0;
    std::map<std::uint32_t, std::uint32_t> places;
    for (const auto& [call, p] : plain_) {
      context += p.computed;
      ++places[p.computed % 16];
    }
    ASSERT_EQ(i.decode_context, context);
    // At the next step those need a block whose tokens fill all they have; one step later ...
    for (std::uint32_t s = 0; s < 16; ++s)
      ASSERT_EQ(i.phase[(i.step + s) % 16], places[(16 - s) % 16]) << s;
    if (!plain_.empty()) check_length(i);
  }
  void check_length(Instance& i) {
    std::uint32_t free = below(40);
    i.cache = InstanceCache(free, false);
    std::uint64_t steps = 1;  // the first has its blocks
    for (;; ++steps) {
      std::uint32_t need = 0;
      bool ends = false;
      for (const auto& [call, p] : plain_) {
        need += (p.computed + steps) % 16 == 0 ? 1 : 0;
        ends = ends || p.generated + steps == rules_.state.calls[call].target;
      }
      if (ends || need > free) break;
      free -= need;
    }
    ASSERT_EQ(run_length(rules_.state, i), steps);
  }

  std::mt19937 rng_;
  RuleState rules_;
  std::map<CallId, Plain> plain_;
};

TEST(DecodeSet, DoCountsAndRunLengthEqualCallByCall) {
  for (unsigned seed = 0, end = draws(40, "decode sets"); seed < end; ++seed) {
    BothSets both(seed);
    for (int n = 0; n < 200 && !testing::Test::HasFatalFailure(); ++n) both.change();
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << seed;
  }
}

}  // namespace
}  // namespace pigou
