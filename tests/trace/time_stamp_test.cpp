#include "trace/time_stamp.hpp"

#include <gtest/gtest.h>

namespace pigou {
namespace {

TimeStamp text_stamp(std::string_view text, TimeUnit unit) {
  TimeStamp stamp;
  EXPECT_TRUE(stamp_from_text(text, unit, stamp)) << text;
  return stamp;
}

TEST(TimeStamp, IsDecimalTextExactToThePicosecond) {
  EXPECT_EQ(text_stamp("1700000000.123456789012", TimeUnit::kSecond),
            (TimeStamp{1'700'000'000, 123'456'789'012}));
  EXPECT_EQ(text_stamp("1700000000123.5", TimeUnit::kMillisecond),
            (TimeStamp{1'700'000'000, 123'500'000'000}));
  EXPECT_EQ(text_stamp("1700000000123456789", TimeUnit::kNanosecond),
            (TimeStamp{1'700'000'000, 123'456'789'000}));
  EXPECT_EQ(text_stamp("1.5e3", TimeUnit::kMicrosecond), (TimeStamp{0, 1'500'000'000}));
}

TEST(TimeStamp, IsAZeroWithASignATime) {
  for (const char* const text : {"-0", "-0.0", "-0e5"})
    EXPECT_EQ(text_stamp(text, TimeUnit::kSecond), (TimeStamp{0, 0})) << text;
}

TEST(TimeStamp, IsWhatIsNoTimeRefused) {
  TimeStamp stamp;
  for (const char* const text :
       {"", ".", "x", "1x", "1.2.3", "nan", "inf", "1e300", "0x10", "99999999999999999999999"})
    EXPECT_FALSE(stamp_from_text(text, TimeUnit::kSecond, stamp)) << text;
}

TEST(TimeStamp, DoesACalendarTimeCrossDaysMonthsAndLeapYears) {
  TimeStamp before, after;
  SimTime gap;
  ASSERT_TRUE(stamp_from_calendar("2024-02-28 23:59:59.9999999", before));
  ASSERT_TRUE(stamp_from_calendar("2024-02-29T00:00:00Z", after));
  ASSERT_TRUE(stamp_difference(after, before, gap));
  EXPECT_EQ(gap.ps, 100'000);
  ASSERT_TRUE(stamp_from_calendar("2024-03-01 00:00:00", after));
  ASSERT_TRUE(stamp_difference(after, before, gap));
  EXPECT_EQ(gap.ps, 86'400 * kPsPerSecond + 100'000);
  ASSERT_TRUE(stamp_from_calendar("1970-01-02 00:00:00", after));
  EXPECT_EQ(after, (TimeStamp{86'400, 0}));
}

TEST(TimeStamp, IsAZoneShiftedToUtcExactly) {
  TimeStamp utc, local;
  ASSERT_TRUE(stamp_from_calendar("2024-05-10 00:00:00.009930Z", utc));
  for (const char* const text :
       {"2024-05-10 00:00:00.009930+00:00", "2024-05-10 05:30:00.00993+05:30",
        "2024-05-09T17:00:00.009930-0700", "2024-05-09 23:00:00.009930-01"}) {
    ASSERT_TRUE(stamp_from_calendar(text, local)) << text;
    EXPECT_EQ(local, utc) << text;
  }
  ASSERT_TRUE(stamp_from_calendar("2024-03-01 00:30:00+01:00", local));
  ASSERT_TRUE(stamp_from_calendar("2024-02-29 23:30:00", utc));
  EXPECT_EQ(local, utc);
}

TEST(TimeStamp, IsABrokenCalendarTimeRefused) {
  TimeStamp stamp;
  for (const char* const text :
       {"2023-02-29 00:00:00", "2023-13-01 00:00:00", "2023-01-01 24:00:00", "2023-01-01",
        "2023-01-01 00:00:00.", "2023-01-01 00:00:00.x", "2023/01/01 00:00:00",
        "2023-01-01 00:00:00.1234567890123", "2023-01-01 00:00:0x", "2023-01-01 00:00:00+",
        "2023-01-01 00:00:00+24:00", "2023-01-01 00:00:00+01:60", "2023-01-01 00:00:00+1:00",
        "2023-01-01 00:00:00+010", "2023-01-01 00:00:00+01:00:00", "2023-01-01 00:00:00.5+x", ""})
    EXPECT_FALSE(stamp_from_calendar(text, stamp)) << text;
}

TEST(TimeStamp, IsADifferenceBeyondSimulatedTimeRefused) {
  SimTime gap;
  EXPECT_FALSE(stamp_difference({kMaxStampSeconds, 0}, {0, 0}, gap));
  EXPECT_TRUE(stamp_difference({4'000'000, 5}, {0, 6}, gap));
  EXPECT_EQ(gap.ps, 4'000'000 * kPsPerSecond - 1);
}

}  // namespace
}  // namespace pigou
