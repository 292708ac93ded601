#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <set>

#include <stage3/result.hpp>

#include "base/mutex.hpp"
#include "run/task.hpp"

namespace stage3::run {

/// The devices that workers have in hand, so that any thread can take one back.
///
/// A device goes from the board into a worker's hand, and back, under the mutex: who holds it finds
/// the device in one of the two. A hand is changed under the lock only, and by its own worker,
/// which therefore reads it without.
class Recall {
 public:
  /// Known to the run as long as it lives, or until withdraw().
  struct Hand {
    explicit Hand(Recall& its_run) : run(its_run) { run.enter(*this); }
    ~Hand() { withdraw(); }
    Hand(const Hand&) = delete;
    Hand& operator=(const Hand&) = delete;

    void withdraw() noexcept { run.exit(*this); }

    Recall& run;
    std::list<Task> tasks;
    /// The first that its worker has not looked at; under the lock.
    Task* taken_back = nullptr;
  };

  struct Found {
    /// Will end as cancelled.
    std::size_t cancelled = 0;
    /// A call that writes has left: their results say what it did.
    std::size_t writing = 0;
  };

  /// Held while a device goes from the board into a hand or back, and while one is taken back.
  Mutex mutex;

  /// Marks those that may go by this MAC and are not marked yet.
  Found take_back(const Mac& mac) noexcept STAGE3_REQUIRES(mutex);
  /// Whether anything was ever taken back: a hand need not be looked into else.
  bool is_used() const noexcept { return is_used_; }
  void use() noexcept { is_used_ = true; }

  /// A marked task of this hand, once; null: none.
  Task* next(Hand& hand) noexcept;
  /// To be asked at the last moment before a call that writes. False: it was taken back. Else it
  /// can be no longer.
  bool may_write(Task& task) noexcept;
  /// Moves a task that is over out of the hand, and takes its result: cancelled if it was taken
  /// back in time, whatever came of it meanwhile.
  DeviceResult let_go(Hand& hand, Task& task, std::list<Task>& to) noexcept;

 private:
  void enter(Hand& hand);
  void exit(Hand& hand) noexcept;
  static void forget(Hand& hand, const Task& task) noexcept;

  std::set<Hand*> hands_ STAGE3_GUARDED_BY(mutex);
  std::atomic<bool> is_used_{false};
};

}  // namespace stage3::run
