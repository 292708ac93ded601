#pragma once

#include <stage3/stage3.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stage3/job.hpp>
#include <string>
#include <string_view>

namespace stage3::capi {

/// A Runner, alone or a Job's, and the caller's functions. Shared by the handles of both, its
/// workers and the calls that are under way; the last one to let go calls the caller's `destroy`.
class Run {
 public:
  /// A runner by itself. Throws what its constructor throws.
  Run(const stage3::Config& config, const stage3_callbacks& calls,
      const stage3::RunOptions& options);
  /// A job and its runner. Throws what Job's constructor throws.
  Run(const stage3::Config& config, const stage3_callbacks& calls,
      const stage3::JobOptions& options);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  stage3::Runner& runner() noexcept { return job_ ? job_->runner() : *alone_; }
  bool has_job() const noexcept { return job_ != nullptr; }
  /// Of a run that has one only.
  stage3::Job& job() noexcept { return *job_; }

  /// Ends the run: no callback is called any more.
  void close() noexcept;

 private:
  stage3::JobCallbacks callbacks();
  void on_result(const stage3::DeviceResult& result);
  void on_event(stage3::DeviceEvent event, const stage3::Device& device);
  bool on_permit(const stage3::Device& device, const std::string& version);
  stage3::UpdateDecision on_update(const stage3::UpdateRequest& request);
  std::int64_t utc_offset(std::int64_t utc);
  bool on_key_change(const stage3::Device& device, const stage3::KeyHash& key);
  std::optional<std::string> password_for(const stage3::Mac& mac, std::string_view realm);
  void on_log(stage3::LogLevel level, std::string_view text);
  /// What a callback has returned.
  void heed(int answer) noexcept;

  const stage3_callbacks calls_;
  std::atomic<bool> closed_{false};
  std::unique_ptr<stage3::Job> job_;
  std::unique_ptr<stage3::Runner> alone_;  ///< where there is no job
};

/// A Worker and the run that it needs.
struct RunWorker {
  explicit RunWorker(std::shared_ptr<Run> its_run)
      : run(std::move(its_run)), worker(run->runner()) {}

  const std::shared_ptr<Run> run;
  stage3::Worker worker;
  std::atomic<bool> is_stepping{false};
};

}  // namespace stage3::capi
