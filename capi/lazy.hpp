#pragma once

#include <mutex>
#include <optional>

namespace stage3::capi {

/// A value that is made when it is first asked for, by whichever thread, and then stays.
///
/// Not with std::call_once(): an exception that passes through it ends the program where glibc has
/// no memory left to load its unwinder.
template <class T>
class Lazy {
 public:
  /// Throws what `make` throws; it is called again the next time then.
  template <class Make>
  const T& get(Make make) {
    const std::lock_guard lock(mutex_);
    if (!value_) value_.emplace(make());
    return *value_;
  }

 private:
  std::mutex mutex_;
  std::optional<T> value_;
};

}  // namespace stage3::capi
