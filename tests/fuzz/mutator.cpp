#include "mutator.hpp"

namespace stage3::fuzz {

std::string Mutator::next() {
  std::string text = corpus_[below(corpus_.size())];
  for (std::size_t changes = 1 + below(4); changes > 0; --changes)
    change(text);
  return text;
}

void Mutator::change(std::string& text) {
  constexpr std::size_t kMaxPiece = 40;
  const std::size_t at = place_in(text);
  switch (below(7)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      break;
    case 1:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      break;
    case 2:
      text.erase(at, below(kMaxPiece));
      break;
    case 3:
      text.insert(at, text.substr(place_in(text), below(kMaxPiece)));
      break;
    case 4:
      text.resize(at);
      break;
    case 5: {
      const std::string& other = corpus_[below(corpus_.size())];
      text.replace(at, below(kMaxPiece), other, place_in(other), below(kMaxPiece));
      break;
    }
    default:
      if (!words_.empty()) text.replace(at, below(3), words_[below(words_.size())]);
  }
}

}  // namespace stage3::fuzz
