#include <climits>
#include <stage3/selection.hpp>

#include "arguments.hpp"
#include "handles.hpp"
#include "structs.hpp"

using capi::deref;
using capi::deref_own;
using capi::guarded;
using capi::Run;
using stage3::Device;

namespace {

std::vector<Device> select(const stage3::StateStore& store, const char* const* addresses,
                           size_t count) {
  if (addresses == nullptr) return store.devices().vector();
  return stage3::at_addresses(store.devices(), capi::read_texts(addresses, count, "address"));
}

/// The runner to add devices to. Throws as deref_own() does, and for a job's.
stage3::Runner& open_to_devices(stage3_runner* runner) {
  Run& run = *deref_own(runner, "runner").run;
  if (run.has_job())
    capi::refuse("runner: it is a job's, which records what stands in its state file only");
  return run.runner();
}

int add(stage3::Runner& runner, std::vector<Device> devices) {
  const auto added = static_cast<int>(std::min<std::size_t>(devices.size(), INT_MAX));
  runner.add(std::move(devices));
  return added;
}

/// Whether a call that cannot throw may use the handle: 0, else the code.
int usable(const stage3_runner* runner) noexcept {
  if (runner == nullptr) return STAGE3_E_INVALID_ARGUMENT;
  return runner->made_in.is_current() ? 0 : STAGE3_E_FORKED;
}

}  // namespace

int stage3_runner_new(const stage3_config* config, const stage3_callbacks* callbacks,
                      unsigned flags, stage3_runner** ret_runner, stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_runner, "ret_runner");
    const stage3::Config policy = deref(config, "config").for_a_run();
    auto handle = std::make_unique<stage3_runner>();
    stage3::RunOptions options;
    capi::read_flags(flags, options);
    handle->run = std::make_shared<Run>(policy, capi::read_callbacks(callbacks), options);
    out = handle.release();
    return 0;
  });
}

int stage3_runner_add(stage3_runner* runner, const stage3_device* device,
                      stage3_error* error) noexcept {
  return guarded(error, [&] {
    open_to_devices(runner).add(capi::to_device(device));
    return 0;
  });
}

int stage3_runner_add_store(stage3_runner* runner, const stage3_store* store,
                            const char* const* addresses, size_t count,
                            stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3::Runner& to = open_to_devices(runner);
    return add(to, select(deref_own(store, "store").store, addresses, count));
  });
}

int stage3_runner_add_selected(stage3_runner* runner, const stage3_store* store,
                               const char* const* terms, size_t count,
                               stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3::Runner& to = open_to_devices(runner);
    const auto selection = stage3::Selection::parse(capi::read_terms(terms, count));
    return add(to, selection.of(deref_own(store, "store").store.devices()));
  });
}

int stage3_runner_work(stage3_runner* runner, stage3_error* error) noexcept {
  return guarded(error, [&] {
    const std::shared_ptr<Run> run = deref_own(runner, "runner").run;
    run->runner().work();
    return 0;
  });
}

int stage3_runner_cancel(stage3_runner* runner) noexcept {
  const int code = usable(runner);
  if (code == 0) runner->run->runner().cancel();
  return code;
}

int stage3_runner_remove(stage3_runner* runner, const char* mac, stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3::Runner& from = deref_own(runner, "runner").run->runner();
    const std::size_t removed = from.remove(capi::to_mac(mac, "mac"));
    return static_cast<int>(std::min<std::size_t>(removed, INT_MAX));
  });
}

int stage3_runner_permit(stage3_runner* runner, const char* mac, int yes,
                         stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3::Runner& of = deref_own(runner, "runner").run->runner();
    return of.permit(capi::to_mac(mac, "mac"), yes == 1) ? 1 : 0;
  });
}

int stage3_runner_cancelled(const stage3_runner* runner) noexcept {
  const int code = usable(runner);
  return code == 0 && runner->run->runner().cancelled() ? 1 : code;
}

int stage3_runner_hold_changes(stage3_runner* runner, int hold, stage3_error* error) noexcept {
  return guarded(error, [&] {
    deref_own(runner, "runner").run->runner().hold_changes(hold != 0);
    return 0;
  });
}

int stage3_runner_summary(const stage3_runner* runner, stage3_summary* ret_summary,
                          stage3_error* error) noexcept {
  return guarded(error, [&] {
    const stage3::Summary summary = deref_own(runner, "runner").run->runner().summary();
    capi::write_struct(ret_summary, capi::to_c(summary), "ret_summary");
    return 0;
  });
}

void stage3_runner_free(stage3_runner* runner) noexcept {
  if (usable(runner) != 0) return;
  runner->run->close();
  delete runner;
}
