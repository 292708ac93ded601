#include "spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <stage3/config.hpp>

namespace cli {

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestWord = 64;
  if (word.empty() || word.size() > kLongestWord) return {};
  const std::size_t mistakes = std::max<std::size_t>(1, word.size() / 3);
  std::string best;
  std::size_t fewest = mistakes + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t found = stage3::count_typos(word, candidate);
    if (found >= fewest) continue;
    fewest = found;
    best = candidate;
  }
  return best;
}

}  // namespace cli
