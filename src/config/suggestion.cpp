#include "config/suggestion.hpp"

#include <algorithm>

#include <stage3/config.hpp>

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

namespace config {

namespace {

/// `mode` of `ota.mode`.
std::string_view last_word(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

std::size_t mistakes(std::string_view word, std::string_view candidate) {
  constexpr std::size_t kMisplaced = 2;
  return std::min(count_typos(word, candidate),
                  count_typos(last_word(word), last_word(candidate)) + kMisplaced);
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  // Longer than any key: what is cut off cannot change the order, but would cost time.
  constexpr std::size_t kLongestWord = 64;
  word = word.substr(0, kLongestWord);
  const std::string_view best = *std::min_element(candidates.begin(), candidates.end(),
                                                  [&](std::string_view a, std::string_view b) {
                                                    return mistakes(word, a) < mistakes(word, b);
                                                  });
  constexpr std::size_t kFew = 2;
  return mistakes(word, best) <= std::max(kFew, word.size() * 2 / 5) ? best : std::string_view();
}

}  // namespace config

}  // namespace stage3
