// Callbacks must not throw. Those of C++ programs do all the same.
#include <cstring>
#include <new>
#include <stdexcept>

#include "check.h"
#include "play.h"

namespace {

const char* const kNames[PLACES] = {"on_result", "on_event",    "on_permit",
                                    "on_update", "on_password", "on_log"};

int throw_error(play*) {
  throw std::runtime_error("thrown by the test");
}

int throw_number(play*) {
  throw 1;
}

int throw_bad_alloc(play*) {
  throw std::bad_alloc();
}

/// The call that the exception would have left tells it, and further calls tell the devices.
void an_exception_is_told_and_cancels_the_run() {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    stage3_error error = STAGE3_ERROR_INIT;
    begin_play(&p, place, throw_error);
    CHECK(stage3_worker_run(p.worker, &error) == STAGE3_E_INVALID_ARGUMENT);
    CHECK(error.code == STAGE3_E_INVALID_ARGUMENT);
    CHECK(std::strstr(error.message, kNames[place]) == error.message);
    CHECK(std::strstr(error.message, "thrown by the test") != nullptr);
    CHECK(stage3_runner_cancelled(p.runner) == 1);
    CHECK(stage3_worker_run(p.worker, nullptr) == 0);
    check_all_told_once(&p);
    end_play(&p);
  }
}

void what_is_no_exception_class_is_told_too() {
  play p;
  stage3_error error = STAGE3_ERROR_INIT;
  begin_play(&p, IN_RESULT, throw_number);
  CHECK(stage3_worker_run(p.worker, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "on_result has thrown an exception");
  end_play(&p);
}

void out_of_memory_stays_that() {
  play p;
  begin_play(&p, IN_RESULT, throw_bad_alloc);
  CHECK(stage3_worker_run(p.worker, nullptr) == STAGE3_E_NOMEM);
  CHECK(stage3_runner_cancelled(p.runner) == 1);
  end_play(&p);
}

/// Where the worker ends with the call, so do the devices that it had in flight.
void no_device_is_told_twice_by_work() {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    stage3_summary summary = STAGE3_SUMMARY_INIT;
    begin_play(&p, place, throw_error);
    stage3_worker_free(p.worker);
    p.worker = nullptr;
    CHECK(stage3_runner_work(p.runner, nullptr) == STAGE3_E_INVALID_ARGUMENT);
    CHECK(stage3_runner_work(p.runner, nullptr) == 0);
    CHECK(p.acts == 1);
    CHECK(p.told_twice == 0);
    CHECK(stage3_runner_summary(p.runner, &summary, nullptr) == 0);
    CHECK(summary.ok + summary.failed + summary.offline + summary.cancelled == summary.total);
    end_play(&p);
  }
}

void throwing_destroy(void* count) {
  ++*static_cast<int*>(count);
  throw std::runtime_error("thrown by destroy");
}

void an_exception_of_destroy_is_dropped() {
  int count = 0;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_runner* runner = nullptr;
  stage3_config* config = default_config();
  callbacks.user = &count;
  callbacks.destroy = throwing_destroy;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, nullptr) == 0);
  stage3_runner_free(runner);
  CHECK(count == 1);
  stage3_config_free(config);
}

int throwing_problem(void*, int, int, int, const char*) {
  throw std::runtime_error("thrown by the test");
}

int throwing_save(void*, int, const char*) {
  throw std::runtime_error("thrown by the test");
}

void exceptions_of_the_stores_callbacks_are_told() {
  play p;
  stage3_error error = STAGE3_ERROR_INIT;
  begin_play(&p, IN_RESULT, [](play*) { return 0; });
  CHECK(stage3_store_record(p.store, p.earlier, nullptr) == 0);
  stage3_config* config = make_config(&p.dir, "s.json");
  write_file(&p.dir, "s.json", "{\"A8032A0000FF\": {}}");
  CHECK(stage3_store_save(p.store, throwing_save, nullptr, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "on_save has thrown an exception: thrown by the test");
  CHECK(stage3_store_save(p.store, nullptr, nullptr, nullptr) >= 0);
  write_file(&p.dir, "s.json", "{\"A8032A000003\": {\"ip\": \"shelly.local\"}}");
  CHECK(stage3_store_check(config, throwing_problem, nullptr, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "on_problem has thrown an exception: thrown by the test");
  stage3_config_free(config);
  CHECK(finish_play(&p) == 0);
  end_play(&p);
}

}  // namespace

const test_case throwing_tests[] = {
    {"a callback's exception is told and cancels the run",
     an_exception_is_told_and_cancels_the_run},
    {"what is no exception class is told too", what_is_no_exception_class_is_told_too},
    {"a callback that is out of memory says so", out_of_memory_stays_that},
    {"after an exception no device is told twice", no_device_is_told_twice_by_work},
    {"an exception of destroy is dropped", an_exception_of_destroy_is_dropped},
    {"exceptions of the store's callbacks are told", exceptions_of_the_stores_callbacks_are_told},
    {nullptr, nullptr}};
