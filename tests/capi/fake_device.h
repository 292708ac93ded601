#ifndef STAGE3_TESTS_CAPI_FAKE_DEVICE_H
#define STAGE3_TESTS_CAPI_FAKE_DEVICE_H

#include <pthread.h>

/*
 * A device on the loopback that answers as a Shelly does, as far as the callbacks need it: MAC
 * A8032A000001, name "Alt", firmware 1.7.1, 1.7.5 offered. It wants a login for everything but
 * Shelly.GetDeviceInfo if it is told to, and takes any.
 */
typedef struct fake_device {
  char address[32];
  int wants_login;
  /* What was asked; to be read after stop_fake_device(). */
  int logins;
  int updates;
  char name[32];

  int listener;
  pthread_t thread;
} fake_device;

void start_fake_device(fake_device* device, int wants_login);
void stop_fake_device(fake_device* device);

#endif
