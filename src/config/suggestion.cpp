#include "config/suggestion.hpp"

#include <algorithm>

#include <stage3/text.hpp>

namespace stage3::config {

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

}  // namespace stage3::config
