#include "keys.h"

#include <stdlib.h>
#include <string.h>

enum { kMaxDevices = 16 };

typedef struct {
  char mac[16];
  char key[64]; /* "": none was told */
  int is_accused;
} truth;

static truth truths[kMaxDevices];

static int has_cause(const stage3_result* result, int cause) {
  const size_t count = stage3_result_error_count(result);
  for (size_t i = 0; i < count; ++i) {
    stage3_device_error error = STAGE3_DEVICE_ERROR_INIT;
    if (stage3_result_error(result, i, &error, NULL) >= 0 && error.cause == cause) return 1;
  }
  return 0;
}

/* The device's place, or the first free one. */
static truth* find(const stage3_result* result) {
  const char* const mac = stage3_result_mac(result);
  for (size_t i = 0; i < kMaxDevices; ++i)
    if (truths[i].mac[0] == '\0' || strcmp(truths[i].mac, mac) == 0) return &truths[i];
  abort();
}

static const char* key_of(const stage3_result* result) {
  const char* const key = stage3_result_tls_key(result);
  return key == NULL ? "" : key;
}

void keys_learn(const stage3_result* result) {
  truth* const known = find(result);
  strncpy(known->mac, stage3_result_mac(result), sizeof known->mac - 1);
  strncpy(known->key, key_of(result), sizeof known->key - 1);
  known->is_accused = has_cause(result, STAGE3_CAUSE_TLS_KEY);
}

const char* keys_wrong(const stage3_result* result) {
  const truth* const known = find(result);
  const int is_ok = stage3_result_outcome(result) == STAGE3_OUTCOME_OK;
  if (known->is_accused && is_ok) return "a device with another key is told as done";
  if (!known->is_accused && has_cause(result, STAGE3_CAUSE_TLS_KEY))
    return "a device is accused of another key";
  if (has_cause(result, STAGE3_CAUSE_WRONG_DEVICE)) return "a device is taken for another one";
  if (is_ok && strcmp(key_of(result), known->key) != 0) return "a device was asked without its key";
  return NULL;
}

unsigned keys_changed(void) {
  unsigned count = 0;
  for (size_t i = 0; i < kMaxDevices; ++i)
    count += truths[i].is_accused != 0;
  return count;
}
