#pragma once

/// The version of these headers. The version of the library that is linked in is
/// `stage3::version()`.
#define STAGE3_VERSION_MAJOR 0
#define STAGE3_VERSION_MINOR 1
#define STAGE3_VERSION_PATCH 0

namespace stage3 {

/// The linked library's version, "major.minor.patch". Static storage; any thread.
const char* version() noexcept;

}  // namespace stage3
