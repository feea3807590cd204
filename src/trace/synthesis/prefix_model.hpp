// What prompts begin with: system prompts by popularity, in groups or as the paths of a tree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random_stream.hpp"

namespace pigou {

/// One level of a tree of prompts: each node of the level above has `fan_out` children of `tokens`.
struct PrefixLevel {
  std::uint32_t fan_out = 1;
  std::uint32_t tokens = 0;
};

/// Parses "4x1024:8x512", levels from the root on; false when it has another form.
bool parse_prefix_tree(const std::string& text, std::vector<PrefixLevel>& levels);

/// The system prompts a conversation draws from: the leaves of a tree, one level of them being
/// plain groups. Leaf number k, counted from 0, has popularity 1 / (k + 1)^zipf. Blocks are
/// numbered when they are first used.
class PrefixModel {
 public:
  PrefixModel() = default;
  PrefixModel(std::vector<PrefixLevel> levels, double zipf, std::uint32_t block_tokens,
              std::uint64_t seed);

  std::uint32_t leaves() const { return leaves_; }
  std::uint32_t tokens() const { return tokens_; }  ///< of a whole path
  std::uint32_t choose(std::uint64_t conversation) const;
  /// Appends the full blocks of a leaf's path, new ones numbered from `next_id` on. A block that
  /// reaches into a level belongs to it.
  void append(std::uint32_t leaf, std::vector<std::uint32_t>& blocks, std::uint32_t& next_id);

 private:
  std::vector<PrefixLevel> levels_;
  std::uint32_t block_tokens_ = 0;
  std::uint32_t leaves_ = 0;
  std::uint32_t tokens_ = 0;
  RandomStream draws_;
  std::vector<double> popularity_;                    ///< cumulated; empty: all alike
  std::vector<std::vector<std::uint32_t>> first_id_;  ///< per level and node, or kNoIndex
};

}  // namespace pigou
