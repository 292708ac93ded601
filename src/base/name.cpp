#include "base/name.hpp"

#include "base/utf8.hpp"

namespace stage3 {

std::string normalise_name(std::string_view name, unsigned max_length) {
  std::string out;
  unsigned length = 0;
  // What goes before the next character, if there is one: a space, or joiners, which hold emoji and
  // words together and mean nothing anywhere else.
  std::string gap;
  unsigned gap_length = 0;
  while (!name.empty()) {
    const Decoded decoded = decode_utf8(name);
    name.remove_prefix(decoded.length);
    if (decoded.valid && is_white_space(decoded.code_point)) {
      gap = out.empty() ? "" : " ";
      gap_length = out.empty() ? 0 : 1;
      continue;
    }
    if (!decoded.valid || is_control(decoded.code_point)) continue;
    if (is_bidi_or_invisible(decoded.code_point)) {
      if (!is_joiner(decoded.code_point) || out.empty() || gap == " ") continue;
      append_utf8(gap, decoded.code_point);
      ++gap_length;
      continue;
    }
    if (length + gap_length + 1 > max_length) break;
    out += gap;
    append_utf8(out, decoded.code_point);
    length += gap_length + 1;
    gap.clear();
    gap_length = 0;
  }
  return out;
}

}  // namespace stage3
