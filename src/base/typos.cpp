#include "base/typos.hpp"

#include <stage3/text.hpp>

#include <algorithm>

namespace stage3 {

// Optimal string alignment distance, row by row; three rows are enough to see a swap.
std::size_t count_typos(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> current(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j)
    current[j] = j;

  for (std::size_t i = 1; i <= from.size(); ++i) {
    before_last.swap(last);
    last.swap(current);
    current[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        current[j] = std::min(current[j], before_last[j - 2] + 1);
      }
    }
  }
  return current[to.size()];
}

namespace {

/// What the candidate begins with, or its begin and its end without what is between: the lines of a
/// run say `updateable` for `update_available`.
bool is_short_for(std::string_view word, std::string_view candidate) {
  if (word.size() < 2 || word.size() >= candidate.size()) return false;
  const auto apart = std::mismatch(word.begin(), word.end(), candidate.begin()).first;
  const std::string_view rest = word.substr(static_cast<std::size_t>(apart - word.begin()));
  if (rest.empty()) return true;
  constexpr std::size_t kTelling = 3;
  const bool are_telling = word.size() - rest.size() >= kTelling && rest.size() >= kTelling;
  return are_telling && candidate.substr(candidate.size() - rest.size()) == rest;
}

}  // namespace

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongestWord = 64;
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t found = is_short_for(word, candidate) ? 1 : count_typos(word, candidate);
    if (found >= fewest) continue;
    fewest = found;
    best = candidate;
  }
  return best;
}

}  // namespace stage3
