#ifndef STAGE3_TESTS_CAPI_SHELLY_H
#define STAGE3_TESTS_CAPI_SHELLY_H

#include <stddef.h>

/*
 * What a Shelly answers, as far as the callbacks need it: name "Alt", firmware 1.7.1, 1.7.5
 * offered. It wants a login for everything but Shelly.GetDeviceInfo if it is told to, and takes
 * any. One that hides its name tells it nowhere.
 */
typedef struct shelly {
  char mac[13];
  int wants_login;
  int hides_name;
  /* What was asked. */
  int logins;
  int updates;
  char name[32];
} shelly;

/* `number`: the last three bytes of its MAC, A8032A000001 for 1. */
void set_up_shelly(shelly* device, unsigned number, int wants_login);

/* How long the request at the front of these bytes is, 0: it is not whole yet. */
size_t request_length(const char* text);

/* Answers one request; returns the length of the answer, which has no NUL. */
#define SHELLY_ANSWER_SIZE 1024
size_t shelly_answer(shelly* device, const char* request, char answer[SHELLY_ANSWER_SIZE]);

#endif
