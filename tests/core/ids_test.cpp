// No id stands for one of another kind: what would mix two of them does not compile.
#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <tuple>
#include <type_traits>

namespace pigou {
namespace {

using Ids = std::tuple<RowId, RequestId, SlotId, CallId, InstanceId, ReplicaId, SegmentId>;

/// Whether `From` may stand where `To` is asked for, or be compared with it.
template <class To, class From>
constexpr bool mixes() {
  return std::is_convertible_v<From, To> || std::is_assignable_v<To&, From> ||
         requires(To to, From from) {
    to == from;
  }
  || requires(To to, From from) { to < from; };
}

template <class To, class... From>
constexpr bool mixes_with_no_other(const std::tuple<From...>*) {
  constexpr int kAlike = (std::same_as<To, From> + ...);  // two names of one type would mix
  return kAlike == 1 && ((std::same_as<To, From> || !mixes<To, From>()) && ...);
}

template <class... To>
constexpr bool none_mix(const std::tuple<To...>* all) {
  return (mixes_with_no_other<To>(all) && ...);
}

TEST(Ids, one_of_another_kind_is_not_taken_given_or_compared) {
  static_assert(none_mix(static_cast<const Ids*>(nullptr)));
  static_assert(mixes<CallId, CallId>());  // what is asked does find what may be
}

TEST(Ids, a_constant_becomes_one_by_itself_and_kNoIndex_is_none) {
  const InstanceId first = 0;
  const InstanceId none = kNoIndex;
  EXPECT_TRUE(first.valid());
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(none, InstanceId{});
  EXPECT_EQ(first, 0);
}

TEST(Ids, one_takes_the_room_of_its_number_and_indexes_like_it) {
  static_assert(sizeof(CallId) == 4 && alignof(CallId) == 4);
  static_assert(std::is_trivially_copyable_v<CallId> && std::is_standard_layout_v<CallId>);
  const int array[] = {3, 5, 8};
  EXPECT_EQ(array[CallId{2}], 8);
  InstanceId next = 6;
  EXPECT_EQ(++next, InstanceId{7});
}

}  // namespace
}  // namespace pigou
