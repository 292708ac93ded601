#include <algorithm>
#include <chrono>
#include <climits>

#include "handles.hpp"
#include "turn.hpp"

using capi::deref;
using capi::deref_own;
using capi::guarded;
using capi::RunWorker;

namespace {

std::optional<std::chrono::milliseconds> to_timeout(int timeout_ms) {
  if (timeout_ms < -1) capi::refuse("timeout_ms must be -1 (without limit), 0 or more");
  if (timeout_ms == -1) return std::nullopt;
  return std::chrono::milliseconds(timeout_ms);
}

constexpr char kIsStepping[] =
    "another call of this worker is under way: it belongs to one thread at a time";

}  // namespace

int stage3_worker_new(stage3_runner* runner, stage3_worker** ret_worker,
                      stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_worker, "ret_worker");
    auto handle = std::make_unique<stage3_worker>();
    handle->worker = std::make_shared<RunWorker>(deref_own(runner, "runner").run);
    out = handle.release();
    return 0;
  });
}

int stage3_worker_fd(const stage3_worker* worker) noexcept {
  return guarded(nullptr, [&] { return deref_own(worker, "worker").worker->worker.fd(); });
}

int stage3_worker_step(stage3_worker* worker, int timeout_ms, stage3_error* error) noexcept {
  return guarded(error, [&] {
    const std::shared_ptr<RunWorker> own = deref_own(worker, "worker").worker;
    const auto timeout = to_timeout(timeout_ms);
    const capi::Turn turn(own->is_stepping, kIsStepping);
    return static_cast<int>(std::min<std::size_t>(own->worker.step(timeout), INT_MAX));
  });
}

int stage3_worker_run(stage3_worker* worker, stage3_error* error) noexcept {
  return guarded(error, [&] {
    const std::shared_ptr<RunWorker> own = deref_own(worker, "worker").worker;
    const capi::Turn turn(own->is_stepping, kIsStepping);
    own->worker.run();
    return 0;
  });
}

void stage3_worker_free(stage3_worker* worker) noexcept {
  if (worker == nullptr || !worker->made_in.is_current()) return;
  delete worker;
}
