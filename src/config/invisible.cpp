#include "config/invisible.hpp"

#include <array>
#include <cstdio>

#include "base/utf8.hpp"

namespace stage3::config {
namespace {

/// Joiners belong to the spelling of some languages, but to no beginning of a word.
bool is_misleading(char32_t c, bool is_first) noexcept {
  if (c < 0x80 || (is_joiner(c) && !is_first)) return false;
  return is_white_space(c) || is_bidi_or_invisible(c);
}

const char* common_name(char32_t c) noexcept {
  switch (c) {
    case 0x00A0:
      return "no-break space";
    case 0x200B:
      return "zero-width space";
    case 0x202F:
      return "narrow no-break space";
    case 0x3000:
      return "ideographic space";
    case 0xFEFF:
      return "byte order mark";
    default:
      return is_white_space(c) ? "white space" : "invisible";
  }
}

/// `U+00A0 (no-break space)`
std::string named(char32_t c) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "U+%04X (%s)", static_cast<unsigned>(c), common_name(c));
  return text.data();
}

}  // namespace

std::string invisible_in(std::string_view key) {
  for (bool is_first = true; !key.empty(); is_first = false) {
    const Decoded decoded = decode_utf8(key);
    if (is_misleading(decoded.code_point, is_first)) {
      return named(decoded.code_point) +
             (is_first ? " is no indentation: use spaces" : " stands in this key: remove it");
    }
    key.remove_prefix(decoded.length);
  }
  return {};
}

}  // namespace stage3::config
