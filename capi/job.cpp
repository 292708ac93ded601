#include "arguments.hpp"
#include "handles.hpp"
#include "structs.hpp"

using capi::deref;
using capi::deref_own;
using capi::guarded;
using capi::Run;

namespace {

void open_job(const stage3_config* config, const stage3_callbacks* callbacks, unsigned flags,
              stage3::JobOptions options, stage3_job** ret_job) {
  auto& out = deref(ret_job, "ret_job");
  const stage3::Config policy = deref(config, "config").for_a_run();
  capi::read_flags(flags, options);
  auto handle = std::make_unique<stage3_job>();
  handle->run = std::make_shared<Run>(policy, capi::read_callbacks(callbacks), options);
  handle->runner.run = handle->run;
  out = handle.release();
}

}  // namespace

int stage3_run(const char* config_path, unsigned flags, const stage3_callbacks* callbacks,
               stage3_summary* ret_summary, stage3_error* error) noexcept {
  return guarded(error, [&] {
    const auto config = stage3::Config::load(capi::text(config_path, "config_path"));
    stage3::JobOptions options;
    capi::read_flags(flags, options);
    Run run(config, capi::read_callbacks(callbacks), options);
    run.job().run();
    if (ret_summary != nullptr)
      capi::write_struct(ret_summary, capi::to_c(run.runner().summary()), "ret_summary");
    return 0;
  });
}

int stage3_job_new(const stage3_config* config, const stage3_callbacks* callbacks, unsigned flags,
                   const char* const* addresses, size_t count, stage3_job** ret_job,
                   stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3::JobOptions options;
    options.addresses = capi::read_texts(addresses, count, "address");
    open_job(config, callbacks, flags, std::move(options), ret_job);
    return 0;
  });
}

int stage3_job_new_selected(const stage3_config* config, const stage3_callbacks* callbacks,
                            unsigned flags, const char* const* terms, size_t count,
                            stage3_job** ret_job, stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3::JobOptions options;
    options.selection = stage3::Selection::parse(capi::read_terms(terms, count));
    open_job(config, callbacks, flags, std::move(options), ret_job);
    return 0;
  });
}

stage3_runner* stage3_job_runner(stage3_job* job) noexcept {
  return &job->runner;
}

int stage3_job_run(stage3_job* job, stage3_error* error) noexcept {
  return guarded(error, [&] {
    const std::shared_ptr<Run> run = deref_own(job, "job").run;
    run->job().run();
    return 0;
  });
}

int stage3_job_save_is_due(const stage3_job* job) noexcept {
  return guarded(nullptr, [&] { return deref_own(job, "job").run->job().save_is_due() ? 1 : 0; });
}

int stage3_job_save_if_due(stage3_job* job, stage3_error* error) noexcept {
  return guarded(error, [&] {
    const std::shared_ptr<Run> run = deref_own(job, "job").run;
    run->job().save_if_due();
    return 0;
  });
}

int stage3_job_finish(stage3_job* job, stage3_error* error) noexcept {
  return guarded(error, [&] {
    const std::shared_ptr<Run> run = deref_own(job, "job").run;
    run->job().finish();
    return 0;
  });
}

void stage3_job_free(stage3_job* job) noexcept {
  if (job == nullptr || !job->made_in.is_current()) return;
  job->run->close();
  delete job;
}
