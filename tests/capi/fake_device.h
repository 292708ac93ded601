#ifndef STAGE3_TESTS_CAPI_FAKE_DEVICE_H
#define STAGE3_TESTS_CAPI_FAKE_DEVICE_H

#include <pthread.h>

#include "shelly.h"

/* One device on the loopback, served by a thread: MAC A8032A000001. */
typedef struct fake_device {
  char address[32];
  shelly device; /* to be read after stop_fake_device() */

  int listener;
  pthread_t thread;
} fake_device;

void start_fake_device(fake_device* fake, int wants_login);
void stop_fake_device(fake_device* fake);

#endif
