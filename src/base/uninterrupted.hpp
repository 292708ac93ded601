#pragma once

#include <cerrno>

namespace stage3 {

/// Calls again when a signal interrupts, but not for ever.
template <class Call>
auto uninterrupted(Call call) {
  constexpr int kMaxInterruptions = 100;
  auto result = call();
  for (int i = 0; result == -1 && errno == EINTR && i < kMaxInterruptions; ++i)
    result = call();
  return result;
}

}  // namespace stage3
