#include "handles.hpp"

int stage3_lock_acquire(const char* state_path, stage3_lock** ret_lock,
                        stage3_error* error) noexcept {
  return capi::guarded(error, [&] {
    auto& out = capi::deref(ret_lock, "ret_lock");
    out = capi::make_handle<stage3_lock>(
        stage3::RunLock::acquire(capi::text(state_path, "state_path")));
    return 0;
  });
}

int stage3_lock_acquire_for_store(const stage3_store* store, stage3_lock** ret_lock,
                                  stage3_error* error) noexcept {
  return capi::guarded(error, [&] {
    auto& out = capi::deref(ret_lock, "ret_lock");
    out = capi::make_handle<stage3_lock>(
        stage3::RunLock::acquire(capi::deref_own(store, "store").store));
    return 0;
  });
}

void stage3_lock_free(stage3_lock* lock) noexcept {
  delete lock;
}
