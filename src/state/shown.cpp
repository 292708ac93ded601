#include "state/shown.hpp"

#include "base/utf8.hpp"

namespace stage3::state {

std::string shown(std::string_view text) {
  constexpr unsigned kMaxCodePoints = 60;
  std::size_t end = 0;
  for (unsigned count = 0; count < kMaxCodePoints && end < text.size(); ++count)
    end += decode_utf8(text.substr(end)).length;
  std::string quoted = "\"";
  quoted += text.substr(0, end);
  quoted += end < text.size() ? "...\"" : "\"";
  return quoted;
}

}  // namespace stage3::state
