// Both headers name the version: the compiler warns if they differ.
#include <stage3/stage3.h>

#include <stage3/version.hpp>

int stage3_version() noexcept {
  return STAGE3_VERSION;
}

const char* stage3_version_text() noexcept {
  return stage3::version();
}
