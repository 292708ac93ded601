#pragma once

#include <utility>

#include "base/mutex.hpp"

namespace stage3 {

/// Something that several threads use, and that knows of none: each access holds its lock for as
/// long as the expression lasts, `board->start()`.
template <class T>
class Locked {
 public:
  class Access {
   public:
    Access(T& value, Mutex& mutex) : lock_(mutex), value_(value) {}
    T* operator->() const noexcept { return &value_; }

   private:
    MutexLock lock_;
    T& value_;
  };
  class ConstAccess {
   public:
    ConstAccess(const T& value, Mutex& mutex) : lock_(mutex), value_(value) {}
    const T* operator->() const noexcept { return &value_; }

   private:
    MutexLock lock_;
    const T& value_;
  };

  template <class... Arguments>
  explicit Locked(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  Access operator->() { return {value_, mutex_}; }
  ConstAccess operator->() const { return {value_, mutex_}; }

 private:
  mutable Mutex mutex_;
  T value_;
};

}  // namespace stage3
