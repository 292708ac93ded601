#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace cli {

/// Writes texts to descriptors, in the order in which they come, on a thread of its own: who does
/// not read holds up nobody but that thread. What waits is kept, however much it is: a run has a
/// few lines a device. All methods belong to one thread, the owner's.
class Output {
 public:
  /// `at_once` bytes at most go into one system call.
  explicit Output(std::size_t at_once);
  /// Writes nothing more; to be called after finish(). A thread that is stuck is left behind.
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Starts the thread; what is put before that waits. Throws stage3::Error(system).
  void start();

  void put(int fd, std::string text);
  /// The same, for a text that the next such one may take the place of as long as it waits.
  void put_passing(int fd, std::string text);

  /// What writing to `fd` has failed with (an errno value); 0: nothing. After a failure nothing
  /// more is written to it.
  int error(int fd) const;

  /// Waits until all is written, however long that takes; but after a stop signal, only for as long
  /// as something goes out. Without a thread it writes on this one. May be called more than once.
  void finish();

 private:
  struct Queue;

  // Shared with the thread, which may outlive this object.
  std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

}  // namespace cli
