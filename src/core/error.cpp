#include "core/error.hpp"

#include <algorithm>
#include <numeric>

namespace pigou {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

/// How far `word` is from meaning `candidate`: also as a misspelt beginning of it, so that "dynmo"
/// is near "dynamo-kv@2026-08".
std::size_t distance_to(std::string_view word, std::string_view candidate) {
  const std::size_t whole = edit_distance(word, candidate);
  if (word.size() < 4 || candidate.size() <= word.size() + 1) return whole;
  return std::min(whole, 2 + edit_distance(word, candidate.substr(0, word.size() + 1)));
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = SIZE_MAX;
  for (const auto& candidate : candidates) {
    std::size_t distance = distance_to(word, candidate);
    // "dynamo" for "dynamo-kv@2026-08": a prefix is nearer than its missing tail suggests.
    if (!word.empty() && candidate.starts_with(word)) distance = 1;
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string best = nearest_name(word, candidates);
  const bool close =
      !best.empty() && (best.starts_with(word) ||
                        distance_to(word, best) <= std::max<std::size_t>(2, best.size() / 3));
  if (close) return "did you mean '" + best + "'?";
  std::string list = "use one of ";
  for (std::size_t i = 0; i < candidates.size(); ++i) list += (i ? ", " : "") + candidates[i];
  return list;
}

}  // namespace pigou
