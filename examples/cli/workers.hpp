#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <stage3/runner.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace cli {

/// What the working threads have for the main thread, which alone records, saves, prints and logs.
class Inbox {
 public:
  struct Mail {
    std::vector<stage3::DeviceResult> results;
    std::vector<std::string> messages;
    bool last = false;         ///< all workers have come to their end
    std::exception_ptr error;  ///< with `last`: what broke a worker off

    bool empty() const noexcept { return results.empty() && messages.empty(); }
  };

  explicit Inbox(unsigned workers) : working_(workers) {}

  void put(const stage3::DeviceResult& result);
  void put(std::string_view message);
  void worker_ended(std::exception_ptr error);

  /// What has come since; waits up to `patience` for something to come, and a moment for more.
  Mail take(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  Mail mail_;
  unsigned working_;
};

/// The workers of a run and the threads that drive them.
class Workers {
 public:
  /// Opens the workers' descriptors and starts no thread yet. `runner` and `inbox` must outlive it.
  Workers(stage3::Runner& runner, Inbox& inbox, unsigned count);

  /// Cancels the run if it is not at its end, and waits for the threads.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Starts one thread for each worker, fewer (which is reported) if the system grants no more.
  /// Throws stage3::Error(system) if it grants none.
  void start();

 private:
  void drive(stage3::Worker& worker) noexcept;

  stage3::Runner& runner_;
  Inbox& inbox_;
  std::vector<std::unique_ptr<stage3::Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace cli
