#include "core/error.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

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

/// A list as long as this is read; of a longer one the nearest few are named.
constexpr std::size_t kMostListed = 30;
constexpr std::size_t kNearest = 4;

/// Letters in words, as in `snapshot_delay_s`, that both names have.
std::size_t letters_in_common(std::string_view a, std::string_view b) {
  constexpr std::string_view kBetween = "_-.@";
  std::size_t letters = 0;
  while (!a.empty()) {
    const std::size_t end = std::min(a.find_first_of(kBetween), a.size());
    const std::string_view word = a.substr(0, end);
    for (std::size_t at = b.find(word); end > 1 && at != std::string_view::npos;
         at = b.find(word, at + 1)) {
      const bool begins = at == 0 || kBetween.find(b[at - 1]) != std::string_view::npos;
      const bool ends =
          at + end == b.size() || kBetween.find(b[at + end]) != std::string_view::npos;
      if (!begins || !ends) continue;
      letters += end;
      break;
    }
    a.remove_prefix(std::min(end + 1, a.size()));
  }
  return letters;
}

/// The nearest of many, those with words in common before all others.
std::string name_nearest(std::string_view word, std::vector<std::string> candidates) {
  const std::size_t count = candidates.size();
  std::ranges::stable_sort(candidates, {}, [&](const std::string& name) {
    return std::pair(word.size() - letters_in_common(word, name), edit_distance(word, name));
  });
  std::string list = "the nearest of " + std::to_string(count) + " are ";
  for (std::size_t i = 0; i < kNearest; ++i) list += (i ? ", " : "") + candidates[i];
  return list;
}

}  // namespace

std::string in_one_line(std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::none_of(text, is_control)) return text;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string line;
  for (const char c : text) {
    if (!is_control(c)) {
      line += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    line += "\\x";
    line += kDigits[byte >> 4];
    line += kDigits[byte & 15];
  }
  return line;
}

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
  const std::size_t distance = distance_to(word, best);
  const bool alike = distance < std::max(word.size(), best.size());  // not in every letter
  const bool close =
      !best.empty() &&
      (best.starts_with(word) || (alike && distance <= std::max<std::size_t>(2, best.size() / 3)));
  if (close) return "did you mean '" + best + "'?";
  if (candidates.size() > kMostListed) return name_nearest(word, candidates);
  std::string list = "use one of ";
  for (std::size_t i = 0; i < candidates.size(); ++i) list += (i ? ", " : "") + candidates[i];
  return list;
}

}  // namespace pigou
