// Errors a user can cause. Message grammar: problem (why): suggestion.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pigou {

/// `text` as one line a terminal can show: control characters, as broken files have them, become
/// "\x00" and the like.
std::string in_one_line(std::string text);

/// A fault in the user's input. `main` prints one line, "pigou: problem (why): suggestion", and
/// exits 2. Libraries throw it; only `main` exits.
class UserError : public std::runtime_error {
 public:
  UserError(const std::string& problem, const std::string& why, const std::string& suggestion)
      : std::runtime_error(in_one_line(problem + " (" + why + "): " + suggestion)) {}
};

/// A broken promise inside Pigou itself; exit 1 and worth a bug report.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// The candidate nearest to `word` by edit distance; empty if `candidates` is empty.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'x'?" or, without a near candidate, "use one of a, b, c" or, of very many, "the
/// nearest of 70 are a, b, c, d".
std::string suggest_name(std::string_view word, const std::vector<std::string>& candidates);

/// A programmer's contract, on in every build: cheap enough for cold paths.
inline void require(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    throw InternalError(what);
}

}  // namespace pigou
