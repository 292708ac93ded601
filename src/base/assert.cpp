#include "base/assert.hpp"

#ifdef STAGE3_ASSERTS

#include <cstdio>
#include <cstdlib>

namespace stage3 {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: this must hold: %s\n", file, line, condition);
  std::abort();
}

}  // namespace stage3

#endif
