// Prompts as chains of keyed block hashes, so that what they say never leaves the building.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pigou {

/// The secret that block ids depend on, made of a salt. Wiped from memory at its end.
class HashKey {
 public:
  static constexpr std::size_t kShortestSalt = 16;  ///< bytes
  static constexpr std::size_t kFewestSymbols = 6;  ///< distinct bytes

  /// Stretches the salt with Argon2id (2 passes over 64 MiB, about 0.1 s), which makes guessing a
  /// weak one that much slower. Throws UserError, without quoting it, for a salt that is too short
  /// or of too few symbols.
  explicit HashKey(std::string_view salt);
  ~HashKey();
  HashKey(const HashKey&) = delete;
  HashKey& operator=(const HashKey&) = delete;

  std::span<const unsigned char> bytes() const { return bytes_; }

 private:
  std::array<unsigned char, 32> bytes_{};
};

/// How prompts are cut into blocks.
struct BlockCut {
  std::uint32_t block_tokens = 16;
  double bytes_per_token = 4;  ///< of text, which has no tokens of its own
  bool partial = false;        ///< a last block that is not full gets an id as well
};

/// A prompt without its words.
struct HashedPrompt {
  std::uint32_t tokens = 0;
  std::vector<std::uint64_t> ids;
};

/// Keyed BLAKE2b-256 over (whole or partial, digest of the block before, content of the block); the
/// id is the first 64 bits of the digest. The chain starts from a digest of the kind of content and
/// the block size, so tokens and text, or cuts of other sizes, have no id in common.
class BlockHash {
 public:
  /// `key` must outlive it. Throws UserError for a cut that makes no sense.
  BlockHash(const HashKey& key, const BlockCut& cut);

  /// A prompt of token ids, each taken as 64 bits.
  void hash_tokens(std::span<const std::uint64_t> tokens, HashedPrompt& prompt) const;
  /// A prompt of text: blocks of round(block_tokens * bytes_per_token) bytes.
  void hash_text(std::string_view text, HashedPrompt& prompt) const;
  /// Tokens that so many bytes of text count as, rounded down.
  std::uint64_t tokens_of(std::uint64_t bytes) const;
  /// One word, such as the name of a session.
  std::uint64_t hash_word(std::string_view word) const;

 private:
  using Digest = std::array<unsigned char, 32>;

  Digest digest(unsigned char kind, const Digest& before,
                std::span<const unsigned char> content) const;
  void chain(const Digest& root, std::span<const unsigned char> content, std::size_t block_bytes,
             bool partial, std::vector<std::uint64_t>& ids) const;

  const HashKey& key_;
  BlockCut cut_;
  std::uint64_t block_bytes_ = 0;  ///< of text
  Digest token_root_{}, text_root_{};
};

}  // namespace pigou
