#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <stage3/text.hpp>
#include <utility>

#include "base/utf8.hpp"

namespace stage3 {
namespace {

struct Decomposition {
  char32_t from;
  char32_t to[4];  // zeros behind the last
};

struct Composition {
  char32_t first;
  char32_t second;
  char32_t both;
};

/// Marks of different classes stand in the order of these, whatever order they were typed in.
struct CombiningClass {
  char32_t point;
  std::uint8_t order;
};

#include "canonical_forms.inc"

/// What comes before is canonical as it is, and composes with nothing before it.
constexpr char32_t kFirstToLookAt = 0x300;

std::uint8_t class_of(char32_t point) noexcept {
  const auto* const found =
      std::lower_bound(std::begin(kCombiningClasses), std::end(kCombiningClasses), point,
                       [](const CombiningClass& row, char32_t of) { return row.point < of; });
  return found != std::end(kCombiningClasses) && found->point == point ? found->order : 0;
}

/// Syllables are made of letters by a rule (the Unicode standard, 3.12).
namespace hangul {

constexpr char32_t kSyllable = 0xAC00;
constexpr char32_t kLead = 0x1100;
constexpr char32_t kVowel = 0x1161;
constexpr char32_t kTrail = 0x11A7;  // one before the first
constexpr char32_t kLeads = 19;
constexpr char32_t kVowels = 21;
constexpr char32_t kTrails = 28;
constexpr char32_t kSyllables = kLeads * kVowels * kTrails;

bool append(char32_t point, std::u32string& ret_text) {
  if (point < kSyllable || point >= kSyllable + kSyllables) return false;
  const char32_t index = point - kSyllable;
  ret_text.push_back(kLead + index / (kVowels * kTrails));
  ret_text.push_back(kVowel + index / kTrails % kVowels);
  if (index % kTrails != 0) ret_text.push_back(kTrail + index % kTrails);
  return true;
}

/// 0: they stay two.
char32_t composed(char32_t first, char32_t second) noexcept {
  const char32_t lead = first - kLead;
  const char32_t vowel = second - kVowel;
  if (lead < kLeads && vowel < kVowels) return kSyllable + (lead * kVowels + vowel) * kTrails;
  const char32_t syllable = first - kSyllable;
  const char32_t trail = second - kTrail;
  const bool is_open = syllable < kSyllables && syllable % kTrails == 0;
  return is_open && trail > 0 && trail < kTrails ? first + trail : 0;
}

}  // namespace hangul

/// 0: they stay two.
char32_t composed(char32_t first, char32_t second) noexcept {
  if (const char32_t syllable = hangul::composed(first, second)) return syllable;
  const auto wanted = std::pair(first, second);
  const auto* const found =
      std::lower_bound(std::begin(kCompositions), std::end(kCompositions), wanted,
                       [](const Composition& row, const std::pair<char32_t, char32_t>& of) {
                         return std::pair(row.first, row.second) < of;
                       });
  const bool is_one =
      found != std::end(kCompositions) && found->first == first && found->second == second;
  return is_one ? found->both : 0;
}

void append_decomposed(char32_t point, std::u32string& ret_text) {
  if (hangul::append(point, ret_text)) return;
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

/// Form D: all in its parts, and their marks in order.
std::u32string decomposed(std::string_view text) {
  std::u32string points;
  for (Decoded next; !text.empty(); text.remove_prefix(next.length)) {
    next = decode_utf8(text);
    append_decomposed(next.code_point, points);
  }
  for (auto at = points.begin(); at != points.end();) {
    if (class_of(*at) == 0) {
      ++at;
      continue;
    }
    const auto end = std::find_if(at, points.end(), [](char32_t c) { return class_of(c) == 0; });
    std::stable_sort(at, end, [](char32_t a, char32_t b) { return class_of(a) < class_of(b); });
    at = end;
  }
  return points;
}

/// Takes each mark into the letter before it, unless one of its own class stands in between.
void compose(std::u32string& points) {
  std::size_t letter = std::u32string::npos;
  std::size_t length = 0;
  std::uint8_t last_class = 0;
  for (const char32_t point : points) {
    const std::uint8_t its_class = class_of(point);
    const bool is_next = letter != std::u32string::npos && length == letter + 1;
    const bool is_free = is_next || (last_class != 0 && last_class < its_class);
    const bool may_be = letter != std::u32string::npos && is_free;
    const char32_t both = may_be ? composed(points[letter], point) : 0;
    if (both != 0) {
      points[letter] = both;
      continue;
    }
    if (its_class == 0) letter = length;
    last_class = its_class;
    points[length++] = point;
  }
  points.resize(length);
}

}  // namespace

std::string canonical(std::string_view text) {
  std::string_view rest = text;
  for (Decoded next{}; !rest.empty(); rest.remove_prefix(next.length)) {
    next = decode_utf8(rest);
    if (!next.valid || next.code_point >= kFirstToLookAt) break;
  }
  if (rest.empty()) return std::string(text);
  std::u32string points = decomposed(text);
  compose(points);
  std::string out;
  for (const char32_t point : points)
    append_utf8(out, point);
  return out;
}

}  // namespace stage3
