// The table of event sources.
#include "simulation/event_sources.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pigou {
namespace {

TEST(EventSources, WhoseIdIsIt) {
  EventSources sources;
  EXPECT_EQ(sources.add(Source::kTimeout), 0U);
  EXPECT_EQ(sources.add(Source::kRefill), 1U);
  EXPECT_EQ(sources.add(Source::kEngine, 5), 2U);
  EXPECT_EQ(sources.add(Source::kLink, 0), 7U);
  EXPECT_EQ(sources.add(Source::kTurn, 3), 7U);
  EXPECT_EQ(sources.count(), 10U);
  EXPECT_EQ(sources.first(Source::kTimeout), 0U);
  EXPECT_EQ(sources.first(Source::kTurn), 7U);
  std::uint32_t id = 0;
  for (const auto& [kind, count] : {std::pair{Source::kTimeout, 1U},
                                    {Source::kRefill, 1U},
                                    {Source::kEngine, 5U},
                                    {Source::kTurn, 3U}}) {
    for (std::uint32_t index = 0; index < count; ++index, ++id) {
      EXPECT_EQ(sources.find(id).kind, kind) << id;
      EXPECT_EQ(sources.find(id).index, index) << id;
    }
  }
}

TEST(EventSources, AreTheyInTheOrderThatBreaksTies) {
  EventSources sources;
  sources.add(Source::kTimeout);
  EXPECT_THROW(sources.add(Source::kEngine, 2), InternalError) << "one was left out";
  EXPECT_THROW(sources.add(Source::kTimeout), InternalError) << "it is there already";
}

}  // namespace
}  // namespace pigou
