#include "json/position.hpp"

#include <algorithm>

namespace stage3::json {

Position Locator::at(std::size_t offset) noexcept {
  offset = std::min(offset, text_.size());
  for (; walked_ < offset; ++walked_) {
    if (text_[walked_] != '\n') continue;
    ++line_;
    line_begin_ = walked_ + 1;
  }
  return {line_, static_cast<int>(offset - line_begin_) + 1};
}

Position position_at(std::string_view text, std::size_t offset) noexcept {
  return Locator(text).at(offset);
}

}  // namespace stage3::json
