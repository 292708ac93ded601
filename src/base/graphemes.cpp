#include "base/graphemes.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <stage3/text.hpp>

#include "base/utf8.hpp"

namespace stage3 {
namespace {

/// How a code point joins its neighbours.
enum class Break : std::uint8_t {
  other,
  extend,
  joiner,
  prepend,
  spacing_mark,
  leading,  ///< of a Hangul syllable, likewise the next three
  vowel,
  trailing,
  syllable,  ///< a whole one, with or without its trailing consonant
  regional,  ///< two of them are a flag
  pictographic
};

struct Properties {
  Break joins = Break::other;
  std::uint8_t columns = 1;  ///< that it takes by itself
};

struct Row {
  char32_t first;
  char32_t last;
  Break joins;
  std::uint8_t columns;
};

constexpr Row kRows[] = {
#include "base/unicode_table.inc"
};

Properties properties(char32_t c) noexcept {
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), c,
                                     [](const Row& r, char32_t value) { return r.last < value; });
  if (row == std::end(kRows) || c < row->first) return {};
  return {row->joins, row->columns};
}

/// A syllable without a trailing consonant, which may still take one.
bool is_open(char32_t syllable) noexcept {
  constexpr char32_t kFirst = 0xAC00;
  constexpr char32_t kTrailing = 28;
  return (syllable - kFirst) % kTrailing == 0;
}

/// Finds where a cluster ends, one code point after the other.
class Cluster {
 public:
  explicit Cluster(char32_t first) noexcept { take(first, properties(first).joins); }

  /// Whether this one still belongs to it; it has been taken then.
  bool takes(char32_t c) noexcept {
    const Break next = properties(c).joins;
    if (!joins(next)) return false;
    take(c, next);
    return true;
  }

 private:
  /// The rules GB6 to GB13.
  bool joins(Break next) const noexcept {
    if (next == Break::extend || next == Break::joiner || next == Break::spacing_mark) return true;
    switch (last_) {
      case Break::prepend:
        return true;
      case Break::leading:
        return next == Break::leading || next == Break::vowel || next == Break::syllable;
      case Break::vowel:
        return next == Break::vowel || next == Break::trailing;
      case Break::syllable:
        return (is_open_ && next == Break::vowel) || next == Break::trailing;
      case Break::trailing:
        return next == Break::trailing;
      case Break::joiner:
        return follows_picture_ && next == Break::pictographic;
      case Break::regional:
        return flags_ % 2 == 1 && next == Break::regional;
      default:
        return false;
    }
  }

  void take(char32_t c, Break how) noexcept {
    if (how != Break::extend && how != Break::joiner) follows_picture_ = how == Break::pictographic;
    is_open_ = how == Break::syllable && is_open(c);
    flags_ = how == Break::regional ? flags_ + 1 : 0;
    last_ = how;
  }

  Break last_ = Break::other;
  bool follows_picture_ = false;  ///< with nothing but marks and joiners in between
  bool is_open_ = false;
  unsigned flags_ = 0;
};

/// A character with U+FE0F behind it is to look like an emoji, which many terminals make two
/// columns wide.
constexpr char32_t kEmojiLook = 0xFE0F;

}  // namespace

std::size_t grapheme_length(std::string_view text) noexcept {
  const Decoded first = decode_utf8(text);
  std::size_t length = first.length;
  if (!first.valid) return length;
  Cluster cluster(first.code_point);
  while (length < text.size()) {
    const Decoded next = decode_utf8(text.substr(length));
    if (!next.valid || !cluster.takes(next.code_point)) break;
    length += next.length;
  }
  return length;
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  std::size_t before = 0;
  while (!text.empty()) {
    const Decoded decoded = decode_utf8(text);
    const std::size_t own = decoded.code_point == kEmojiLook && before == 1
                                ? 1
                                : properties(decoded.code_point).columns;
    columns += own;
    before = own;
    text.remove_prefix(decoded.length);
  }
  return columns;
}

std::string_view fitting(std::string_view text, std::size_t columns) noexcept {
  std::size_t length = 0;
  std::size_t used = 0;
  while (length < text.size()) {
    const std::string_view rest = text.substr(length);
    const std::string_view next = rest.substr(0, grapheme_length(rest));
    used += display_width(next);
    if (used > columns) break;
    length += next.size();
  }
  return text.substr(0, length);
}

std::string shortened(std::string_view text, std::size_t columns) {
  constexpr std::string_view kEllipsis = "...";
  if (display_width(text) <= columns) return std::string(text);
  if (columns <= kEllipsis.size()) return std::string(kEllipsis.substr(0, columns));
  return std::string(fitting(text, columns - kEllipsis.size())).append(kEllipsis);
}

}  // namespace stage3
