#ifndef STAGE3_TESTS_CAPI_PLAY_H
#define STAGE3_TESTS_CAPI_PLAY_H

#include <stage3/stage3.h>

#include "fake_fleet.h"
#include "support.h"

/* A run in which one act happens, once, in one of the callbacks. Usable from C++ too. */

#ifdef __cplusplus
extern "C" {
#endif

enum { IN_RESULT, IN_EVENT, IN_PERMIT, IN_UPDATE, IN_PASSWORD, IN_LOG, PLACES };
#define PLAY_DEVICES 6

typedef struct play {
  int place;
  int (*act)(struct play* p); /* its answer is that of the callback */
  int acts;                   /* how often it came to it */

  fake_fleet fleet;
  directory dir;
  stage3_store* store;          /* of the fleet */
  const stage3_result* earlier; /* for recording */
  stage3_runner* runner;
  stage3_worker* worker;
  stage3_worker* second_worker; /* for the act */

  int wanted;                 /* devices that are to be told, in `told` */
  int told[PLAY_DEVICES + 1]; /* how often */
  int told_twice;
  int told_cancelled;
  int told_of_store; /* devices that were added with the store */
  int is_freed;
  int destroyed;
} play;

/* Starts a fleet and makes store, runner and worker. The devices are in the runner. */
void begin_play(play* p, int place, int (*act)(play* p));
/* Runs the worker; returns what it did. */
int finish_play(play* p);
/* The act happened, and each device was told exactly once. */
void check_all_told_once(const play* p);
int count_told(const play* p);
/* Frees all and looks whether `destroy` came exactly once, and last. */
void end_play(play* p);

#ifdef __cplusplus
}
#endif

#endif
