#pragma once

#include <cstddef>

namespace stage3 {

/// While it lives, one allocation of this thread fails: the `nth`, from 1.
class FailingMemory {
 public:
  explicit FailingMemory(std::size_t nth);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// False where something else hands out the memory: under valgrind, which the plain run stands in
  /// for.
  static bool works();

  /// Whether it came to that one.
  bool has_failed() const;
};

/// What this thread has allocated and not freed, in bytes, with what the allocator needs for it;
/// only differences count, and only where FailingMemory::works().
std::size_t kept_memory();

}  // namespace stage3
