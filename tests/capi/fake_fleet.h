#ifndef STAGE3_TESTS_CAPI_FAKE_FLEET_H
#define STAGE3_TESTS_CAPI_FAKE_FLEET_H

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Many devices on the loopback, 127.1.0.1 and so on, served by a process of its own: this one has
 * no thread and no descriptor of theirs, but the one by which the other notices its end. One at a
 * time.
 */
typedef struct fake_fleet {
  int count;
  unsigned port;
  /* As they are at any time: both processes have them. What an answer has done is in them before it
     leaves. */
  struct shelly* devices;
  int lifeline;
  pid_t process;
} fake_fleet;

enum {
  FLEET_OPEN,  /* every device answers */
  FLEET_LOGIN, /* and wants a login */
  FLEET_MIXED  /* some want a login, some never answer, at some addresses nothing listens */
};

void start_fake_fleet(fake_fleet* fleet, int count, int kind);
void stop_fake_fleet(fake_fleet* fleet);

/* MAC and address of a device. */
typedef struct fleet_member {
  char mac[13];
  char address[32];
} fleet_member;
fleet_member member_of(const fake_fleet* fleet, int index);

/* What a run on a mixed fleet finds. */
int is_silent(int index);
int is_refusing(int index);

#ifdef __cplusplus
}
#endif

#endif
