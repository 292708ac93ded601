#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <stage3/device.hpp>

#include "base/mutex.hpp"

namespace stage3::run {

struct Task;

/// Which tasks wait for a word from outside of the workers, and the words that have come: the
/// caller's about an update, and that an update has been written down. A word may come before the
/// worker waits for it, and for a task that is over by then.
class Decisions {
 public:
  using Ticket = std::uint64_t;

  struct Decision {
    Task* task;
    bool yes;
  };

  /// Of one worker, which `wake` wakes from any thread.
  struct Inbox {
    Inbox(Decisions& its_run, std::function<void()> its_wake)
        : run(its_run), wake(std::move(its_wake)) {}
    ~Inbox() { run.close(*this); }
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    Decisions& run;
    /// Must not throw.
    const std::function<void()> wake;
    /// Under the lock.
    std::list<Ticket> decided;
  };

  /// A word about this task's update will come by decide(ticket). Throws std::bad_alloc.
  Ticket expect(Inbox& inbox, Task& task);
  /// The same, and by decide(mac) for any of the MACs by which the device may go.
  Ticket expect(Inbox& inbox, Task& task, const Device& device);

  /// False: nobody waits for it, or it has been decided already. Allocates nothing: a word that is
  /// lost would leave its task waiting for ever.
  bool decide(Ticket ticket, bool yes) noexcept;
  bool decide(const Mac& mac, bool yes) noexcept;

  /// The next task of this worker's that has been decided about; none: no word has come.
  std::optional<Decision> take(Inbox& inbox) noexcept;
  /// No word is wanted any more.
  void forget(Ticket ticket) noexcept;

 private:
  struct Waiting {
    Inbox* inbox;
    Task* task;
    std::vector<Mac> macs;
    std::optional<bool> word{};
    /// Its place in `decided`, which it takes with the word.
    std::list<Ticket> place{};
  };

  void close(Inbox& inbox) noexcept;
  Ticket add(Waiting waiting);
  bool settle(Ticket ticket, bool yes) noexcept STAGE3_REQUIRES(mutex_);
  void erase(std::map<Ticket, Waiting>::iterator waiting) noexcept STAGE3_REQUIRES(mutex_);

  Mutex mutex_;
  Ticket last_ STAGE3_GUARDED_BY(mutex_) = 0;
  std::map<Ticket, Waiting> waiting_ STAGE3_GUARDED_BY(mutex_);
  std::multimap<Mac, Ticket> by_mac_ STAGE3_GUARDED_BY(mutex_);
};

}  // namespace stage3::run
