#pragma once

#include <mutex>
#include <utility>

namespace stage3 {

/// Something that several threads use, and that knows of none: each access holds its lock for as
/// long as the expression lasts, `board->start()`.
template <class T>
class Locked {
 public:
  class Access {
   public:
    Access(T& value, std::mutex& mutex) : lock_(mutex), value_(value) {}
    T* operator->() const noexcept { return &value_; }

   private:
    std::lock_guard<std::mutex> lock_;
    T& value_;
  };
  class ConstAccess {
   public:
    ConstAccess(const T& value, std::mutex& mutex) : lock_(mutex), value_(value) {}
    const T* operator->() const noexcept { return &value_; }

   private:
    std::lock_guard<std::mutex> lock_;
    const T& value_;
  };

  template <class... Arguments>
  explicit Locked(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  Access operator->() { return {value_, mutex_}; }
  ConstAccess operator->() const { return {value_, mutex_}; }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace stage3
