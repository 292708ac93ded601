#include <stage3/version.hpp>

#define STAGE3_TEXT(x) #x
#define STAGE3_DOTTED(major, minor, patch) \
  STAGE3_TEXT(major) "." STAGE3_TEXT(minor) "." STAGE3_TEXT(patch)

namespace stage3 {

const char* version() noexcept {
  return STAGE3_DOTTED(STAGE3_VERSION_MAJOR, STAGE3_VERSION_MINOR, STAGE3_VERSION_PATCH);
}

}  // namespace stage3
