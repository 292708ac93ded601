#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stage3/runner.hpp>
#include <string>
#include <utility>
#include <vector>

#include "parts.hpp"
#include "process.hpp"

namespace bindings {

/// A runner with its one worker, and what has come of them since Python last asked. Driven by one
/// thread at a time; add() and cancel() by any.
///
/// Results are recorded and turned into JSON without the GIL. Python's own functions are borrowed
/// for the time of one step: nothing in here owns a Python object, so that no cycle can form that
/// the garbage collector does not see.
class Session {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Python's functions, None where there is none.
  struct Functions {
    pybind11::object on_permit;
    pybind11::object password;
  };

  /// `store`: where results are recorded; may be empty.
  Session(const stage3::Config& config, bool dry_run, std::shared_ptr<Store> store,
          bool wants_events, bool has_password);

  ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int fd() const;
  void add(const DeviceList& list);
  void cancel() const;
  stage3::Summary summary() const;

  /// One bounded step that waits for nothing. Returns how many devices are left.
  std::size_t step(const Functions& functions);

  /// Steps for up to `time`; comes back earlier once there is something to pass on, or no device is
  /// left.
  std::size_t work(Milliseconds time, const Functions& functions);

  /// (results as JSON, [(event, device)], [(level, text)])
  pybind11::tuple take_mail();

  /// How many results have been recorded. Any thread.
  std::size_t recorded() const noexcept { return recorded_; }

  /// Frees worker and runner: what is in flight is abandoned and not told.
  void close();

 private:
  struct Mail {
    std::vector<std::string> results;
    std::vector<std::pair<stage3::DeviceEvent, stage3::Device>> events;
    std::vector<std::pair<stage3::LogLevel, std::string>> log;

    bool empty() const noexcept { return results.empty() && events.empty() && log.empty(); }
  };
  class Driving;

  stage3::Callbacks callbacks(bool wants_events, bool has_password);
  bool may_start(const stage3::Device& device, const std::string& version) const;
  std::optional<std::string> password_for(const stage3::Mac& mac, std::string_view realm) const;

  /// Throws Error: closed, or another process. The caller's share keeps it while the GIL is
  /// released.
  std::shared_ptr<stage3::Runner> runner() const;

  /// Lets `drive` step, the GIL released, and raises what a Python function raised inside.
  template <class Drive>
  std::size_t driven(const Functions& functions, Drive drive);

  Process process_;
  std::shared_ptr<Store> store_;
  Mail mail_;
  const Functions* functions_ = nullptr;  ///< during a step
  std::atomic<std::size_t> recorded_{0};
  std::atomic<bool> is_driven_{false};
  std::shared_ptr<stage3::Runner> runner_;
  std::unique_ptr<stage3::Worker, ByItsProcess<stage3::Worker>> worker_;
};

}  // namespace bindings
