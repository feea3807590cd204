// Do the bits walk over the instances that a loop over all would find?
#include "routing/parts/instance_bits.hpp"

#include <gtest/gtest.h>

#include <random>

namespace pigou {
namespace {

TEST(InstanceBits, finds_what_a_loop_over_all_finds) {
  std::mt19937_64 rng(3);
  for (const std::uint32_t instances : {1U, 63U, 64U, 65U, 300U}) {
    InstanceBits here(instances), there(instances);
    std::vector<bool> in_here(instances), in_there(instances);
    for (int change = 0; change < 400; ++change) {
      const auto i = static_cast<std::uint32_t>(rng() % instances);
      here.set(i, in_here[i] = rng() % 4 == 0);
      there.set(i, in_there[i] = rng() % 2 == 0);
      const auto from = static_cast<std::uint32_t>(rng() % (instances + 1));
      std::uint32_t first = kNoIndex, both = kNoIndex;
      for (std::uint32_t k = instances; k-- > from;) {
        if (in_here[k]) first = k;
        if (in_here[k] && in_there[k]) both = k;
      }
      ASSERT_EQ(here.next(from), first) << from << " of " << instances;
      ASSERT_EQ(here.next(from, there), both) << from << " of " << instances;
    }
  }
}

}  // namespace
}  // namespace pigou
