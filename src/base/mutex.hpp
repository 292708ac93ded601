#pragma once

#include <mutex>

/// Which mutex guards what, written where clang can check it (tools/lint threads); g++ sees nothing
/// of it. The words are those of clang's thread safety analysis.
#ifdef __clang__
#define STAGE3_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define STAGE3_THREAD_SAFETY(attribute)
#endif

/// A member that is read and written only with this mutex held.
#define STAGE3_GUARDED_BY(mutex) STAGE3_THREAD_SAFETY(guarded_by(mutex))
/// A function that is called only with this mutex held.
#define STAGE3_REQUIRES(mutex) STAGE3_THREAD_SAFETY(requires_capability(mutex))
/// A function that takes this mutex itself, and so is not called with it held.
#define STAGE3_EXCLUDES(mutex) STAGE3_THREAD_SAFETY(locks_excluded(mutex))

namespace stage3 {

/// A std::mutex that the analysis knows. Taken by a MutexLock.
class STAGE3_THREAD_SAFETY(capability("mutex")) Mutex {
 public:
  void lock() STAGE3_THREAD_SAFETY(acquire_capability()) { mutex_.lock(); }
  void unlock() STAGE3_THREAD_SAFETY(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex as long as it lives, or until it is unlocked.
class STAGE3_THREAD_SAFETY(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) STAGE3_THREAD_SAFETY(acquire_capability(mutex)) : lock_(mutex) {}
  ~MutexLock() STAGE3_THREAD_SAFETY(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() STAGE3_THREAD_SAFETY(release_capability()) { lock_.unlock(); }

 private:
  std::unique_lock<Mutex> lock_;
};

}  // namespace stage3
