#pragma once

#include <stage3/error.hpp>

namespace cli {

// The exit statuses of the command; a run stopped by signal n ends with 128 + n.
inline constexpr int kOk = 0;
inline constexpr int kDeviceFailed =
    1;                            ///< also: the run broke off, or output could not be written
inline constexpr int kUsage = 2;  ///< also: configuration, and a system that cannot run it
inline constexpr int kStateFile = 3;
inline constexpr int kLocked = 75;

/// The status for an error that kept the run from happening.
inline int exit_status(stage3::Errc code) {
  switch (code) {
    case stage3::Errc::locked:
      return kLocked;
    case stage3::Errc::state_read:
    case stage3::Errc::state_write:
      return kStateFile;
    default:
      return kUsage;
  }
}

}  // namespace cli
