#pragma once

#include <unistd.h>

#include <stage3/error.hpp>

namespace bindings {

/// The process that made an object. A child of fork() shares the parent's descriptors: whatever it
/// did with them would be done to the parent's run.
class Process {
 public:
  bool is_current() const noexcept { return ::getpid() == id_; }

  /// Throws Error(Errc::forked) in any other process.
  void require_current() const {
    if (is_current()) return;
    throw stage3::Error(stage3::Errc::forked,
                        "this belongs to the parent process of a fork: make a new one here");
  }

 private:
  pid_t id_ = ::getpid();
};

/// Deletes in the process that made the object only. In a child it is left for ever: even closing
/// would take the parent's descriptors out of the epoll set that both share.
template <class Object>
class ByItsProcess {
 public:
  void operator()(Object* object) const noexcept {
    if (process_.is_current()) delete object;
  }

 private:
  Process process_;
};

}  // namespace bindings
