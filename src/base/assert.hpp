#pragma once

/// STAGE3_ASSERT(condition): what holds because the code around it is right, whatever a device, a
/// file or a caller brings; for those there are errors. Looked at in builds with tests (but for
/// release builds), where a violation ends the program with its place; not evaluated in others.
#ifdef STAGE3_ASSERTS

namespace stage3 {

/// Writes what does not hold to standard error, and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace stage3

#define STAGE3_ASSERT(condition) \
  ((condition) ? void() : ::stage3::assertion_failed(#condition, __FILE__, __LINE__))

#else

#define STAGE3_ASSERT(condition) static_cast<void>(sizeof((condition) ? 1 : 0))

#endif
