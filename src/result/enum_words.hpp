#pragma once

#include <string_view>
#include <vector>

#include <stage3/result.hpp>

namespace stage3::result {

/// The words of an enum, whose values have no gaps and end with the first that has none, by value
/// from `first` on.
template <class Enum>
std::vector<std::string_view> words_from(Enum first) {
  std::vector<std::string_view> words;
  for (int i = static_cast<int>(first);; ++i) {
    const std::string_view word = to_string(static_cast<Enum>(i));
    if (word.empty()) return words;
    words.push_back(word);
  }
}

}  // namespace stage3::result
