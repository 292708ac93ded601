#pragma once

#include <utility>

#include "base/mutex.hpp"

namespace stage3 {

/// Something that several threads use, and that knows of none: each access holds its lock for as
/// long as the expression lasts, `board->start()`.
template <class T>
class Locked {
 public:
  /// To a T or a const T.
  template <class Value>
  class Access {
   public:
    Access(Value& value, Mutex& mutex) : lock_(mutex), value_(value) {}
    Value* operator->() const noexcept { return &value_; }

   private:
    MutexLock lock_;
    Value& value_;
  };

  template <class... Arguments>
  explicit Locked(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  Access<T> operator->() { return {value_, mutex_}; }
  Access<const T> operator->() const { return {value_, mutex_}; }

 private:
  mutable Mutex mutex_;
  T value_;
};

}  // namespace stage3
