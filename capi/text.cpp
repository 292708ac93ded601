#include <climits>
#include <cstring>
#include <stage3/text.hpp>

#include "guard.hpp"
#include "utf8_cut.hpp"

int stage3_escape(const char* text, char* buffer, size_t size) noexcept {
  return capi::guarded(nullptr, [&] {
    const std::string escaped = stage3::escape(capi::text(text, "text"));
    if (escaped.size() > INT_MAX) capi::refuse("text is too long");
    if (size == 0) return static_cast<int>(escaped.size());
    const std::size_t length = capi::fitting_length(escaped, size - 1);
    std::memcpy(&capi::deref(buffer, "buffer"), escaped.data(), length);
    buffer[length] = '\0';
    return static_cast<int>(escaped.size());
  });
}
