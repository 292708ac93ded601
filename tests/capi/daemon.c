/*
 * A daemon of two rounds: one runner and one store, whose devices it adds for each round. For
 * test_key_change.py, which has the device change its key in between.
 *
 *   capi-daemon STATE
 *
 * Prints each result, and what the store says of the first device after each round.
 */
#include <stage3/stage3.h>
#include <stdio.h>

#include "check.h"
#include "support.h"

static int on_result(void* user, const stage3_result* result) {
  stage3_store* const store = user;
  printf("result '%s' '%s'\n", stage3_result_error_text(result), stage3_result_tls_key(result));
  CHECK(stage3_store_record(store, result, NULL) == 0);
  return 0;
}

int main(int argc, char** argv) {
  REQUIRE(argc == 2);
  stage3_config* const config = default_config();
  REQUIRE(stage3_config_set(config, "ip_state_file", argv[1], NULL) == 0);
  stage3_store* store = NULL;
  REQUIRE(stage3_store_load(config, &store, NULL) == 0);
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.user = store;
  callbacks.on_result = on_result;
  stage3_runner* runner = NULL;
  REQUIRE(stage3_runner_new(config, &callbacks, 0, &runner, NULL) == 0);
  stage3_config_free(config);

  stage3_device first = STAGE3_DEVICE_INIT;
  REQUIRE(stage3_store_device(store, 0, &first, NULL) == 0);
  for (int round = 0; round < 2; ++round) {
    CHECK(stage3_runner_add_store(runner, store, NULL, 0, NULL) == 1);
    CHECK(stage3_runner_work(runner, NULL) == 0);
    CHECK(stage3_store_save(store, NULL, NULL, NULL) == 1);
    stage3_device device = STAGE3_DEVICE_INIT;
    REQUIRE(stage3_store_device(store, 0, &device, NULL) == 0);
    /* What was given out before is there still: its texts are the store's. */
    CHECK(device.key == first.key && device.mac == first.mac && device.address == first.address);
    REQUIRE(device.on_record != NULL && device.on_record->tls_key != NULL);
    printf("on record %s %zu\n", device.on_record->tls_key, device.on_record->tls_port);
    const stage3_on_record* const known = device.on_record;
    REQUIRE(stage3_store_device(store, 0, &device, NULL) == 0);
    CHECK(device.on_record == known); /* nothing has come in between */
  }
  stage3_runner_free(runner);
  stage3_store_free(store);
  return 0;
}
