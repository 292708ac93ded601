#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace stage3 {

/// Owns a file descriptor. Closing leaves errno alone, so that it is safe between a failed call and
/// its report.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  /// -1: none.
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Gives the descriptor away.
  int release() noexcept { return std::exchange(fd_, -1); }

  /// Closes what is held and holds `fd` from then on.
  void reset(int fd = -1) noexcept {
    const int old = std::exchange(fd_, fd);
    if (old < 0) return;
    const int saved_errno = errno;
    close(old);
    errno = saved_errno;
  }

 private:
  int fd_ = -1;
};

}  // namespace stage3
