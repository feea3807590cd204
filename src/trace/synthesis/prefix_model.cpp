#include "trace/synthesis/prefix_model.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/ids.hpp"

namespace pigou {
namespace {

constexpr std::uint64_t kMostLeaves = 10'000'000;
constexpr std::uint64_t kMostTokens = 100'000'000;

bool take_number(std::string_view& text, std::uint32_t& value) {
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

}  // namespace

bool parse_prefix_tree(const std::string& text, std::vector<PrefixLevel>& levels) {
  std::vector<PrefixLevel> parsed;
  std::uint64_t leaves = 1, tokens = 0;
  std::string_view left = text;
  while (true) {
    PrefixLevel level;
    if (!take_number(left, level.fan_out) || !left.starts_with('x')) return false;
    left.remove_prefix(1);
    if (!take_number(left, level.tokens) || level.fan_out == 0) return false;
    leaves *= level.fan_out;
    tokens += level.tokens;
    if (leaves > kMostLeaves || tokens > kMostTokens) return false;
    parsed.push_back(level);
    if (left.empty()) break;
    if (!left.starts_with(':')) return false;
    left.remove_prefix(1);
  }
  levels = std::move(parsed);
  return true;
}

PrefixModel::PrefixModel(std::vector<PrefixLevel> levels, double zipf, std::uint32_t block_tokens,
                         std::uint64_t seed)
    : levels_(std::move(levels)), block_tokens_(block_tokens), draws_(seed, "synth.group") {
  leaves_ = levels_.empty() ? 0 : 1;
  for (const PrefixLevel& level : levels_) {
    leaves_ *= level.fan_out;
    tokens_ += level.tokens;
    first_id_.emplace_back(leaves_, kNoIndex);
  }
  if (zipf == 0) return;
  double sum = 0;
  for (std::uint32_t leaf = 0; leaf < leaves_; ++leaf)
    popularity_.push_back(sum += std::pow(leaf + 1.0, -zipf));
}

std::uint32_t PrefixModel::choose(std::uint64_t conversation) const {
  if (popularity_.empty()) return draws_.below(leaves_, conversation);
  const double at = draws_.uniform(conversation) * popularity_.back();
  const auto found = std::upper_bound(popularity_.begin(), popularity_.end(), at);
  return std::min(leaves_ - 1, static_cast<std::uint32_t>(found - popularity_.begin()));
}

void PrefixModel::append(std::uint32_t leaf, std::vector<std::uint32_t>& blocks,
                         std::uint32_t& next_id) {
  std::uint32_t below = leaves_;
  std::uint32_t end_tokens = 0;
  std::uint32_t begin = 0;
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    below /= levels_[level].fan_out;
    end_tokens += levels_[level].tokens;
    const std::uint32_t end = end_tokens / block_tokens_;
    std::uint32_t& first = first_id_[level][leaf / below];
    if (first == kNoIndex) {
      first = next_id;
      next_id += end - begin;
    }
    for (std::uint32_t block = begin; block < end; ++block) blocks.push_back(first + block - begin);
    begin = end;
  }
}

}  // namespace pigou
