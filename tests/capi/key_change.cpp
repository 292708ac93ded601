// A run on one device by HTTPS, and what stage3.h tells of it, for test_key_change.py.
//
//   capi-key-change ADDRESS KEY PORT ANSWER
//
// KEY and PORT are what is on record, "-" and 0: nothing. ANSWER is what the callback answers, or
// what it does after a yes: cancel, throw, work, free. none: there is no callback. A check that
// fails is a line of output that is too many.
#include <stage3/stage3.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "check.h"
#include "support.h"

namespace {

struct play {
  const char* answer;
  stage3_runner* runner;
  int destroyed;
};

int act(play* p) {
  if (std::strcmp(p->answer, "cancel") == 0) return 1;
  if (std::strcmp(p->answer, "throw") == 0) throw std::runtime_error("thrown by the test");
  if (std::strcmp(p->answer, "work") == 0)
    CHECK(stage3_runner_work(p->runner, nullptr) == STAGE3_E_REENTRANT);
  if (std::strcmp(p->answer, "free") == 0) {
    stage3_runner_free(p->runner);
    p->runner = nullptr;
    CHECK(p->destroyed == 0);
  }
  return 0;
}

int on_key_change(void* user, const stage3_device* device, const char* key, int* ret_accept) {
  auto* const p = static_cast<play*>(user);
  REQUIRE(device->on_record != nullptr);
  CHECK(*ret_accept == 0);
  CHECK(device->user == p);
  std::printf("asked %s %s, on record %s %zu\n", device->mac, key, device->on_record->tls_key,
              device->on_record->tls_port);
  char* end = nullptr;
  const long number = std::strtol(p->answer, &end, 10);
  *ret_accept = *end == '\0' ? static_cast<int>(number) : 1;
  return act(p);
}

int on_result(void* user, const stage3_result* result) {
  CHECK(stage3_result_user(result) == user);
  std::printf("result '%s' %d '%s' '%s' %u\n", stage3_result_error_text(result),
              stage3_result_tls_port(result), stage3_result_tls_key(result),
              stage3_result_tls_certificate(result), stage3_result_flags(result));
  return 0;
}

void destroy(void* user) {
  ++static_cast<play*>(user)->destroyed;
}

stage3_callbacks callbacks_of(play* p) {
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = p;
  callbacks.on_result = on_result;
  callbacks.destroy = destroy;
  if (std::strcmp(p->answer, "none") != 0) callbacks.on_key_change = on_key_change;
  return callbacks;
}

}  // namespace

int main(int argc, char** argv) {
  REQUIRE(argc == 5);
  stage3_config* const config = default_config();
  stage3_error error = STAGE3_ERROR_INIT;
  play p = {argv[4], nullptr, 0};
  const stage3_callbacks callbacks = callbacks_of(&p);
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &p.runner, nullptr) == 0);

  stage3_on_record on_record = STAGE3_ON_RECORD_INIT;
  stage3_device device = make_device("A8032A000001", argv[1]);
  on_record.tls_key = argv[2];
  on_record.tls_port = std::strtoul(argv[3], nullptr, 10);
  if (std::strcmp(argv[2], "-") != 0) device.on_record = &on_record;
  device.user = &p;
  REQUIRE(stage3_runner_add(p.runner, &device, nullptr) == 0);

  const int code = stage3_runner_work(p.runner, &error);
  std::printf("run %d '%s'\n", code, error.message);
  stage3_runner_free(p.runner);
  std::printf("destroyed %d\n", p.destroyed);
  stage3_config_free(config);
}
