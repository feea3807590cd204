#include "routing/gateways/tenant_list.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/random_stream.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

/// Adds and removes at random, `share` of 1,024 in the list at most, beside a map.
void follow_a_map(std::uint32_t tenants, std::uint64_t share) {
  const RandomStream stream(1, "tenants");
  TenantList list;
  std::map<std::uint32_t, std::int64_t> map;
  for (std::uint32_t step = 0, end = draws(20'000, "steps"); step < end; ++step) {
    const auto tenant = static_cast<std::uint32_t>(stream.below(tenants, step, 0));
    const bool wanted = stream.below(1024, step / 4000 % 2 * 7919 + tenant, 1) < share;
    ASSERT_EQ(list.find(tenant) != nullptr, map.contains(tenant));
    if (wanted && list.find(tenant) == nullptr) {
      list.find_or_add(tenant, tenants).holder.stamp = step;
      map[tenant] = step;
    } else if (!wanted && list.find(tenant) != nullptr) {
      list.remove(tenant);
      map.erase(tenant);
    }
    ASSERT_EQ(list.size(), map.size());
    ASSERT_EQ(list.empty(), map.empty());
  }
  std::map<std::uint32_t, std::int64_t> listed;
  list.for_each([&](const Holder& holder) {
    EXPECT_TRUE(listed.emplace(holder.tenant, holder.stamp).second) << "twice";
  });
  EXPECT_EQ(listed, map);
}

TEST(TenantList, DoesItFollowAMapWhileFewHoldTheNode) { follow_a_map(1000, 20); }
TEST(TenantList, DoesItFollowAMapWhileMostHoldTheNode) { follow_a_map(1000, 900); }
TEST(TenantList, DoesItFollowAMapOnTheBorderBetweenListAndColumn) { follow_a_map(1000, 52); }
TEST(TenantList, DoesItFollowAMapOnTheBorderBetweenListAndTable) { follow_a_map(4096, 3); }
TEST(TenantList, DoesItFollowAMapInATableThatGrows) { follow_a_map(4096, 50); }
TEST(TenantList, DoesItFollowAMapOfThreeTenants) { follow_a_map(3, 512); }

TEST(TenantList, IsATenantThatComesBackNew) {
  TenantList list;
  for (std::uint32_t t = 0; t < 8; ++t) list.find_or_add(t, 8).holder.stamp = 7;
  list.set_children(3);
  list.remove(5);
  EXPECT_EQ(list.find(5), nullptr);
  const TenantList::Added added = list.find_or_add(5, 8);
  EXPECT_TRUE(added.is_new);
  EXPECT_FALSE(list.find_or_add(5, 8).is_new);
  const Holder& back = added.holder;
  EXPECT_EQ(back.stamp, 0);
  EXPECT_EQ(back.children, 0U);
  EXPECT_EQ(list.find(4)->children, 3U);
}

}  // namespace
}  // namespace pigou
