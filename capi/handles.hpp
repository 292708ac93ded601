#pragma once

#include <stage3/stage3.h>

#include <atomic>
#include <map>
#include <memory>
#include <stage3/config.hpp>
#include <stage3/state_store.hpp>
#include <string>
#include <utility>

#include "device.hpp"
#include "guard.hpp"
#include "process.hpp"
#include "run.hpp"
#include "store_views.hpp"

namespace stage3::capi {

/// Relative to the working directory; as it is where that is gone.
std::string absolute_path(const std::string& path);

}  // namespace stage3::capi

/// What the opaque types of stage3.h are.

struct stage3_config {
  stage3::Config config;
  /// Absolute since it was loaded or set: a chdir() afterwards makes no difference.
  std::string secrets_file = capi::absolute_path(config.auth.secrets_file);
  std::map<std::string, std::string> shown{};  ///< what stage3_config_get() has given out

  stage3::Config for_a_run() const {
    stage3::Config absolute = config;
    absolute.auth.secrets_file = secrets_file;
    return absolute;
  }
};

struct stage3_store {
  capi::Process made_in;
  stage3::StateStore store;
  capi::StoreViews views{};  ///< what stage3_store_device() has given out
  std::atomic<bool> is_saving{false};
  std::string merged{};  ///< what stage3_store_merged() has given out
  std::string report{};  ///< what stage3_store_report() has given out
};

struct stage3_lock {
  stage3::RunLock lock;
};

// Shared, so that a call that is under way outlives a free from inside of its callbacks.
struct stage3_runner {
  capi::Process made_in;
  std::shared_ptr<capi::Run> run;
};

struct stage3_job {
  capi::Process made_in;
  std::shared_ptr<capi::Run> run;
  stage3_runner runner;  ///< of `run`: what stage3_job_runner() gives out
};

struct stage3_worker {
  capi::Process made_in;
  std::shared_ptr<capi::RunWorker> worker;
};

namespace stage3::capi {

/// A handle for the caller, who frees it.
template <class Handle, class... Members>
Handle* make_handle(Members&&... members) {
  return new Handle{std::forward<Members>(members)...};
}

/// deref() for handles that belong to one process: throws Error(Errc::forked) in another one.
template <class Handle>
Handle& deref_own(Handle* handle, const char* what) {
  if (!deref(handle, what).made_in.is_current()) {
    throw stage3::Error(stage3::Errc::forked,
                        std::string(what) + " was made by the parent process: make a new one");
  }
  return *handle;
}

}  // namespace stage3::capi
