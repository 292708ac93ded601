#pragma once

#include <cstddef>
#include <string_view>

namespace stage3::capi {

/// How much of valid UTF-8 fits into `size` bytes without cutting a character.
inline std::size_t fitting_length(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text.size();
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
    --size;
  return size;
}

}  // namespace stage3::capi
