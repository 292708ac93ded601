#pragma once

#include <unistd.h>

namespace stage3::capi {

/// The process that made a handle.
class Process {
 public:
  bool is_current() const noexcept { return getpid() == id_; }

 private:
  pid_t id_ = getpid();
};

}  // namespace stage3::capi
