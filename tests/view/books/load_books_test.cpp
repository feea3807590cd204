// Do a replica's columns say what it has booked, and who takes requests?
#include "view/books/load_books.hpp"

#include <gtest/gtest.h>

namespace pigou {
namespace {

Booking booking(InstanceId instance, std::uint32_t prefill_tokens) {
  Booking made;
  made.instance = instance;
  made.prefill_tokens = prefill_tokens;
  return made;
}

TEST(LoadBooks, AreEmptyOnceEveryBookingWasReleased) {
  LoadBooks books(2, 2, 2);
  books.add(1, booking(0, 100), 7);
  books.add(1, booking(0, 30), 2);
  books.add(1, booking(3, 0), 5);
  EXPECT_EQ(books.side(1, Side::kEntry).active_prefill_tokens[0], 130);
  EXPECT_EQ(books.side(1, Side::kEntry).active_blocks[0], 9);
  EXPECT_EQ(books.side(1, Side::kDecode).active_requests[1], 1);
  EXPECT_EQ(books.side(0, Side::kEntry).active_requests[0], 0) << "another replica's";
  books.prefill_done(1, booking(0, 100));
  EXPECT_EQ(books.side(1, Side::kEntry).active_prefill_tokens[0], 30);
  books.release(1, booking(0, 0), 7);
  books.release(1, booking(0, 30), 2);
  books.release(1, booking(3, 0), 5);
  for (InstanceId i = 0; i < 4; ++i) {
    EXPECT_EQ(books.active_prefill_tokens(1)[i], 0);
    EXPECT_EQ(books.active_blocks(1)[i], 0);
    EXPECT_EQ(books.active_requests(1)[i], 0);
  }
}

TEST(LoadBooks, CountWhoIsAvailableBySideAndReplica) {
  LoadBooks books(2, 3, 2);
  EXPECT_EQ(books.side(0, Side::kEntry).eligible, nullptr);
  EXPECT_TRUE(books.set_available(0, 1, false));
  EXPECT_FALSE(books.set_available(0, 1, false)) << "no news";
  EXPECT_TRUE(books.set_available(0, 4, false));
  EXPECT_EQ(books.available_entries(0), 2U);
  EXPECT_EQ(books.available_decodes(0), 1U);
  EXPECT_EQ(books.side(0, Side::kEntry).eligible[1], 0);
  EXPECT_EQ(books.side(0, Side::kDecode).eligible[1], 0);
  EXPECT_EQ(books.side(1, Side::kEntry).eligible, nullptr) << "another replica's";
  EXPECT_TRUE(books.set_available(0, 1, true));
  EXPECT_EQ(books.side(0, Side::kEntry).eligible, nullptr);
}

TEST(LoadBooks, TheDecodeTreeFollowsBlocksOfThoseWhoTakeRequests) {
  LoadBooks books(1, 1, 2);
  books.add(0, booking(1, 0), 5);
  EXPECT_EQ(books.decode_load(0).tied(0), 1U);
  books.set_available(0, 2, false);
  EXPECT_EQ(books.decode_load(0).tied(0), 0U);
  EXPECT_EQ(books.decode_load(0).key(1), kUnavailableLoad);
  books.set_available(0, 2, true);
  EXPECT_EQ(books.decode_load(0).least(), 0);
}

}  // namespace
}  // namespace pigou
