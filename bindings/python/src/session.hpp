#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stage3/job.hpp>
#include <string>
#include <utility>
#include <vector>

#include "parts.hpp"
#include "process.hpp"

namespace bindings {

/// A job with its one worker, and what has come of them since Python last asked. Driven by one
/// thread at a time; add(), remove(), permit(), cancel() and what saves by any.
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
    pybind11::object on_update;
    pybind11::object on_key_change;
    pybind11::object password;
  };

  /// What Python wants to be called for.
  struct Wants {
    bool events;
    bool updates;
    bool password;
  };

  /// `fleet`: devices in memory; null: those of the state file.
  Session(const stage3::Config& config, const DeviceList* fleet, const stage3::JobOptions& options,
          Wants wants);

  ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int fd() const;
  DeviceList devices() const;
  void add(const DeviceList& list);
  std::size_t remove(const std::string& mac) const;
  /// Of a closed run: false.
  bool permit(const std::string& mac, bool yes) const;
  void cancel() const;
  stage3::Summary summary() const;

  /// One bounded step that waits for nothing. Returns how many devices are left.
  std::size_t step(const Functions& functions);

  /// Steps for up to `time`; comes back earlier once there is something to pass on, or no device is
  /// left.
  std::size_t work(Milliseconds time, const Functions& functions);

  /// (results as JSON, [(event, device)], [(level, text)])
  pybind11::tuple take_mail();

  // See stage3::Job. Nothing to save once the session is finished. Each returns what there is to
  // say.
  bool save_is_due() const;
  std::vector<std::string> save_if_due();
  std::vector<std::string> save();
  std::vector<std::string> finish();

  /// Frees the worker: what is in flight is abandoned and not reported.
  void close();

 private:
  struct Mail {
    std::vector<std::string> results;
    std::vector<std::pair<stage3::DeviceEvent, stage3::Device>> events;
    std::vector<std::pair<stage3::LogLevel, std::string>> log;

    bool empty() const noexcept { return results.empty() && events.empty() && log.empty(); }
  };
  class Driving;

  stage3::JobCallbacks callbacks(Wants wants);
  bool may_start(const stage3::Device& device, const std::string& version) const;
  stage3::UpdateDecision decide(const stage3::UpdateRequest& request) const;
  bool may_have(const stage3::Device& device, const stage3::KeyHash& key) const;
  std::optional<std::string> password_for(const stage3::Mac& mac, std::string_view realm) const;

  /// Throws Error: closed, or another process. The caller's share keeps it while the GIL is
  /// released.
  std::shared_ptr<stage3::Job> open_job() const;
  std::vector<std::string> take_notices();

  /// Lets `drive` step, the GIL released, and raises what a Python function raised inside.
  template <class Drive>
  std::size_t driven(const Functions& functions, Drive drive);

  Process process_;
  Mail mail_;
  const Functions* functions_ = nullptr;  ///< during a step
  std::mutex notices_mutex_;
  std::vector<std::string> notices_;  ///< of saves
  std::atomic<bool> is_driven_{false};
  std::shared_ptr<stage3::Job> job_;  ///< none: finished
  std::unique_ptr<stage3::Worker, ByItsProcess<stage3::Worker>> worker_;
};

}  // namespace bindings
