#include "canonical.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace cli {
namespace {

struct Decomposition {
  char32_t from;
  char32_t to[4];  // zeros behind the last
};

/// Marks of different classes stand in the order of these, whatever order they were typed in.
struct CombiningClass {
  char32_t point;
  std::uint8_t order;
};

#include "canonical_forms.inc"

/// The code point at the front of valid UTF-8, which is taken off.
char32_t take_code_point(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t point = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < std::min(length, text.size()); ++i)
    point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(std::min(length, text.size()));
  return point;
}

std::uint8_t combining_class(char32_t point) {
  const auto* const found =
      std::lower_bound(std::begin(kCombiningClasses), std::end(kCombiningClasses), point,
                       [](const CombiningClass& row, char32_t of) { return row.point < of; });
  return found != std::end(kCombiningClasses) && found->point == point ? found->order : 0;
}

/// Syllables are made of letters by a rule (the Unicode standard, 3.12).
bool append_hangul(char32_t point, std::u32string& ret_text) {
  constexpr char32_t kFirst = 0xAC00;
  constexpr char32_t kSyllables = 11172;
  constexpr char32_t kVowels = 21;
  constexpr char32_t kTrails = 28;
  if (point < kFirst || point >= kFirst + kSyllables) return false;
  const char32_t index = point - kFirst;
  ret_text.push_back(0x1100 + index / (kVowels * kTrails));
  ret_text.push_back(0x1161 + index / kTrails % kVowels);
  if (index % kTrails != 0) ret_text.push_back(0x11A7 + index % kTrails);
  return true;
}

void append_decomposed(char32_t point, std::u32string& ret_text) {
  if (append_hangul(point, ret_text)) return;
  const auto* const found =
      std::lower_bound(std::begin(kDecompositions), std::end(kDecompositions), point,
                       [](const Decomposition& row, char32_t of) { return row.from < of; });
  if (found == std::end(kDecompositions) || found->from != point) {
    ret_text += point;
    return;
  }
  for (const char32_t part : found->to)
    if (part != 0) ret_text += part;
}

}  // namespace

std::u32string canonical(std::string_view text) {
  std::u32string points;
  while (!text.empty())
    append_decomposed(take_code_point(text), points);
  for (auto at = points.begin(); at != points.end();) {
    if (combining_class(*at) == 0) {
      ++at;
      continue;
    }
    const auto end =
        std::find_if(at, points.end(), [](char32_t c) { return combining_class(c) == 0; });
    std::stable_sort(
        at, end, [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
    at = end;
  }
  return points;
}

}  // namespace cli
