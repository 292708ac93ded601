#pragma once

// Private to this folder: everybody else reads JSON through json/reader.hpp.

// A namespace of its own, so that a program may link its own RapidJSON beside the library.
#define RAPIDJSON_NAMESPACE stage3_rapidjson

// What RapidJSON does for every byte of a string: without these a call and an assertion, as long as
// NDEBUG is not defined, which doubles the time that reading takes.
#define RAPIDJSON_FORCEINLINE inline __attribute__((always_inline))
#define RAPIDJSON_ASSERT(condition) static_cast<void>(0)

// RapidJSON's stack adds to a null pointer before its first allocation, which clang's UBSan
// reports.
#ifdef __clang__
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/reader.h>
#ifdef __clang__
#pragma clang attribute pop
#endif

#include <cstdlib>
#include <new>

namespace stage3::json {

/// RapidJSON's own allocator hands a failed malloc() on as if it had succeeded.
class ThrowingAllocator {
 public:
  static constexpr bool kNeedFree = true;

  void* Malloc(std::size_t size) { return Realloc(nullptr, 0, size); }

  void* Realloc(void* old, std::size_t /*old_size*/, std::size_t new_size) {
    if (new_size == 0) {
      Free(old);
      return nullptr;
    }
    void* memory = std::realloc(old, new_size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }

  static void Free(void* memory) { std::free(memory); }
};

}  // namespace stage3::json
