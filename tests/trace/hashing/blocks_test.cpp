// Salted block hashes: equal beginnings have equal ids, and without the salt ids say nothing.
#include "trace/hashing/blocks.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <set>

#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using pigou::testing::error_of;

constexpr char kSalt[] = "a salt for tests only, 2026";

const HashKey& key() {
  static const HashKey key(kSalt);  // stretching takes a while
  return key;
}

using Ids = std::vector<std::uint64_t>;

Ids ids_of_tokens(const std::vector<std::uint64_t>& tokens, const BlockCut& cut = {},
                  const HashKey& with = key()) {
  HashedPrompt prompt;
  BlockHash(with, cut).hash_tokens(tokens, prompt);
  EXPECT_EQ(prompt.tokens, tokens.size());
  return prompt.ids;
}

Ids ids_of_text(const std::string& text, const BlockCut& cut = {}, const HashKey& with = key()) {
  HashedPrompt prompt;
  BlockHash(with, cut).hash_text(text, prompt);
  const std::uint64_t full = prompt.tokens / cut.block_tokens;
  const bool rest = prompt.tokens % cut.block_tokens != 0;
  EXPECT_EQ(prompt.ids.size(), full + (cut.partial && rest ? 1 : 0)) << "floor or ceil";
  return prompt.ids;
}

std::vector<std::uint64_t> counting(std::size_t count, std::uint64_t first = 0) {
  std::vector<std::uint64_t> tokens(count);
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

bool share_any(const Ids& a, const Ids& b) {
  const std::set<std::uint64_t> known(a.begin(), a.end());
  return std::any_of(b.begin(), b.end(), [&](std::uint64_t id) { return known.contains(id); });
}

TEST(BlockHash, EqualSaltsGiveEqualIdsAndOtherSaltsNoneInCommon) {
  const HashKey again(kSalt);
  const HashKey other("a salt for tests only, 2027");
  const auto tokens = counting(16 * 500);
  EXPECT_EQ(ids_of_tokens(tokens), ids_of_tokens(tokens, {}, again));
  EXPECT_FALSE(share_any(ids_of_tokens(tokens), ids_of_tokens(tokens, {}, other)));
  const std::string text(64 * 500, 'x');
  EXPECT_FALSE(share_any(ids_of_text(text), ids_of_text(text, {}, other)));
}

TEST(BlockHash, IdsFollowAKnownAnswer) {
  // Made once with Python: hashlib.blake2b(digest_size=32, key=argon2id(salt)) over the rule that
  // docs/formats/hashed.md spells out. Ids may never change under equal salts.
  EXPECT_EQ(ids_of_tokens(counting(32)), (Ids{0xfe89da329268a8da, 0xf5167d5f0c06f95b}));
  EXPECT_EQ(ids_of_text("The quick brown fox jumps over the lazy dog. ", {4, 4, true}),
            (Ids{0x8206f2438fd74e1, 0x25825aa1113d6d46, 0xef0d643636a96d63}));
}

TEST(BlockHash, PromptsShareTheIdsOfTheirCommonBeginningAndNoneAfter) {
  auto longer = counting(16 * 10);
  const auto shorter = counting(16 * 6 + 5);
  const Ids all = ids_of_tokens(longer);
  const Ids some = ids_of_tokens(shorter);
  ASSERT_EQ(all.size(), 10U);
  ASSERT_EQ(some.size(), 6U);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
  longer[16 * 3 + 2] = 9'999;  // in the fourth block
  const Ids changed = ids_of_tokens(longer);
  EXPECT_TRUE(std::equal(all.begin(), all.begin() + 3, changed.begin()));
  EXPECT_FALSE(share_any(Ids(all.begin() + 3, all.end()), Ids(changed.begin() + 3, changed.end())))
      << "all behind it differ as well";
  EXPECT_EQ(std::set<std::uint64_t>(all.begin(), all.end()).size(), 10U);
}

TEST(BlockHash, EqualBlocksInDifferentPlacesHaveDifferentIds) {
  const Ids ids = ids_of_tokens(std::vector<std::uint64_t>(16 * 50, 7));
  EXPECT_EQ(std::set<std::uint64_t>(ids.begin(), ids.end()).size(), 50U);
}

TEST(BlockHash, OtherBlockSizesAndOtherKindsOfContentHaveNothingInCommon) {
  const auto tokens = counting(4096);
  EXPECT_FALSE(
      share_any(ids_of_tokens(tokens, {16, 4, false}), ids_of_tokens(tokens, {32, 4, false})));
  std::string bytes;  // the very bytes that the token ids become
  for (const std::uint64_t token : tokens)
    for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(token >> shift);
  EXPECT_FALSE(share_any(ids_of_tokens(tokens), ids_of_text(bytes, {16, 8, false})));
}

TEST(BlockHash, BlockBoundaries) {
  const BlockCut whole{16, 4, false};
  const BlockCut partial{16, 4, true};
  for (const std::size_t n : {0U, 1U, 15U, 16U, 17U, 31U, 32U}) {
    EXPECT_EQ(ids_of_tokens(counting(n), whole).size(), n / 16) << n;
    EXPECT_EQ(ids_of_tokens(counting(n), partial).size(), (n + 15) / 16) << n;
  }
  for (const std::size_t bytes : {0U, 3U, 4U, 63U, 64U, 66U, 68U, 127U, 128U})
    EXPECT_EQ(ids_of_text(std::string(bytes, 'a'), whole).size(), bytes / 64) << bytes;
  EXPECT_EQ(ids_of_text(std::string(66, 'a'), partial).size(), 1U) << "half a token is none";
  EXPECT_EQ(ids_of_text(std::string(68, 'a'), partial).size(), 2U);
  // A partial block is not the whole one it may grow into, and not another partial one.
  const Ids grown = ids_of_tokens(counting(32), partial);
  const Ids cut = ids_of_tokens(counting(31), partial);
  EXPECT_EQ(grown[0], cut[0]);
  EXPECT_NE(grown[1], cut[1]);
  EXPECT_NE(ids_of_tokens(counting(30), partial)[1], cut[1]);
}

TEST(BlockHash, AnyCutGivesAsManyIdsAsTheLengthAllows) {
  for (const std::uint32_t block : {1U, 3U, 16U, 512U})
    for (const double per_token : {0.25, 0.3, 1.0, 3.7, 4.0, 63.9})
      for (std::size_t bytes = 0; bytes < 4000; bytes += 37)
        for (const bool partial : {false, true})
          ids_of_text(std::string(bytes, 'a'), {block, per_token, partial});
}

TEST(BlockHash, IdsLookDrawnByChance) {
  const Ids ids = ids_of_tokens(counting(4 * 20'000), {4, 4, false});
  EXPECT_EQ(std::set<std::uint64_t>(ids.begin(), ids.end()).size(), ids.size());
  double ones = 0;
  std::array<int, 64> bit{};
  for (const std::uint64_t id : ids) {
    ones += std::popcount(id);
    for (std::size_t b = 0; b < 64; ++b) bit[b] += static_cast<int>(id >> b & 1);
  }
  const auto n = static_cast<double>(ids.size());
  EXPECT_NEAR(ones / n, 32, 0.15);
  for (const int count : bit) EXPECT_NEAR(count / n, 0.5, 0.018);  // 5 standard deviations
}

TEST(BlockHash, BadSaltsAreRefusedAndNeverQuoted) {
  const auto message = [](const std::string& salt) {
    const std::string error = error_of([&] { HashKey key(salt); });
    EXPECT_FALSE(error.empty()) << salt;
    if (!salt.empty()) {
      EXPECT_EQ(error.find(salt), std::string::npos);
    }
    return error;
  };
  EXPECT_NE(message("").find("the salt is empty"), std::string::npos);
  EXPECT_NE(message("hunter2-hunter").find("too short"), std::string::npos);
  EXPECT_NE(message("abababababababababab").find("too simple"), std::string::npos);
  EXPECT_EQ(error_of([] { HashKey key("0123456789abcdef"); }), "");
}

TEST(BlockHash, ImpossibleCutsAreRefused) {
  for (const BlockCut& cut : {BlockCut{0, 4, false}, BlockCut{1'000'001, 4, false}})
    EXPECT_NE(error_of([&] { BlockHash(key(), cut); }).find("--block-tokens"), std::string::npos);
  for (const double bytes : {0.0, -1.0, 100.0, std::nan("")})
    EXPECT_NE(error_of([&] {
                BlockHash(key(), {16, bytes, false});
              }).find("--bytes-per-token"),
              std::string::npos);
}

}  // namespace
}  // namespace pigou
