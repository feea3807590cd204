#include "trace/hashing/blocks.hpp"

#include <sodium.h>

#include <cmath>
#include <cstring>
#include <set>
#include <string>

#include "core/error.hpp"

namespace pigou {
namespace {

/// Named in every digest: another rule must give other ids.
constexpr char kRule[] = "pigou block hash 1";
/// Argon2id wants 16 bytes besides the password; they are public and always the same, since equal
/// salts must give equal keys.
constexpr unsigned char kPublic[crypto_pwhash_SALTBYTES + 1] = "pigou hash key 1";
constexpr unsigned char kWhole = 'F', kPartial = 'P', kRoot = 'R', kWord = 'W';
constexpr std::uint32_t kMostBlockTokens = 1'000'000;

/// The first 64 bits, least significant byte first on every machine.
std::uint64_t first_bits(std::span<const unsigned char> digest) {
  std::uint64_t id = 0;
  for (std::size_t byte = 0; byte < 8; ++byte) id |= std::uint64_t{digest[byte]} << (8 * byte);
  return id;
}

void append_little_endian(std::vector<unsigned char>& bytes, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8)
    bytes.push_back(static_cast<unsigned char>(value >> shift));
}

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace

HashKey::HashKey(std::string_view salt) {
  require(sodium_init() >= 0, "libsodium did not start");
  if (salt.size() < kShortestSalt)
    throw UserError(salt.empty() ? "the salt is empty" : "the salt is too short",
                    "who guesses it can test which texts were hashed; " +
                        std::to_string(kShortestSalt) + " bytes or more are needed",
                    "make one with: head -c 32 /dev/urandom | base64 > salt.txt");
  if (std::set<char>(salt.begin(), salt.end()).size() < kFewestSymbols)
    throw UserError("the salt is too simple",
                    "it has fewer than " + std::to_string(kFewestSymbols) + " different characters",
                    "make one with: head -c 32 /dev/urandom | base64 > salt.txt");
  if (crypto_pwhash(bytes_.data(), bytes_.size(), salt.data(), salt.size(), kPublic,
                    crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw UserError("the key cannot be made of the salt", "it needs 64 MiB of memory for a moment",
                    "free some memory");
}

HashKey::~HashKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

BlockHash::BlockHash(const HashKey& key, const BlockCut& cut) : key_(key), cut_(cut) {
  if (cut.block_tokens == 0 || cut.block_tokens > kMostBlockTokens)
    throw UserError("--block-tokens does not fit", "it is the length of a block in tokens",
                    "use 1 to 1,000,000, such as 16");
  if (!(cut.bytes_per_token >= 0.25 && cut.bytes_per_token <= 64))
    throw UserError("--bytes-per-token does not fit", "it turns the length of text into tokens",
                    "use 0.25 to 64, about 4 for English");
  block_bytes_ = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::llround(cut.block_tokens * cut.bytes_per_token)));
  const auto root = [&](const std::string& kind) {
    const std::string rule = std::string(kRule) + "|" + kind;
    return digest(kRoot, Digest{}, bytes_of(rule));
  };
  token_root_ = root("tokens|" + std::to_string(cut.block_tokens));
  text_root_ = root("text|" + std::to_string(block_bytes_));
}

BlockHash::Digest BlockHash::digest(unsigned char kind, const Digest& before,
                                    std::span<const unsigned char> content) const {
  crypto_generichash_state state;
  Digest result;
  crypto_generichash_init(&state, key_.bytes().data(), key_.bytes().size(), result.size());
  crypto_generichash_update(&state, &kind, 1);
  crypto_generichash_update(&state, before.data(), before.size());
  crypto_generichash_update(&state, content.data(), content.size());
  crypto_generichash_final(&state, result.data(), result.size());
  return result;
}

void BlockHash::chain(const Digest& root, std::span<const unsigned char> content,
                      std::size_t block_bytes, bool partial,
                      std::vector<std::uint64_t>& ids) const {
  ids.clear();
  Digest before = root;
  for (; content.size() >= block_bytes; content = content.subspan(block_bytes)) {
    before = digest(kWhole, before, content.first(block_bytes));
    ids.push_back(first_bits(before));
  }
  if (partial) ids.push_back(first_bits(digest(kPartial, before, content)));
}

void BlockHash::hash_tokens(std::span<const std::uint64_t> tokens, HashedPrompt& prompt) const {
  std::vector<unsigned char> bytes;
  bytes.reserve(tokens.size() * 8);
  for (const std::uint64_t token : tokens) append_little_endian(bytes, token);
  prompt.tokens = static_cast<std::uint32_t>(tokens.size());
  const bool rest = tokens.size() % cut_.block_tokens != 0;
  chain(token_root_, bytes, std::size_t{8} * cut_.block_tokens, cut_.partial && rest, prompt.ids);
}

std::uint64_t BlockHash::tokens_of(std::uint64_t bytes) const {
  return bytes / block_bytes_ * cut_.block_tokens +
         bytes % block_bytes_ * cut_.block_tokens / block_bytes_;
}

void BlockHash::hash_text(std::string_view text, HashedPrompt& prompt) const {
  const std::uint64_t tokens = tokens_of(text.size());
  prompt.tokens = static_cast<std::uint32_t>(tokens);
  // A rest of less than a token is no block: the number of ids follows from the number of tokens.
  const bool rest = tokens % cut_.block_tokens != 0;
  chain(text_root_, bytes_of(text), block_bytes_, cut_.partial && rest, prompt.ids);
}

std::uint64_t BlockHash::hash_word(std::string_view word) const {
  return first_bits(digest(kWord, Digest{}, bytes_of(word)));
}

}  // namespace pigou
