#ifndef STAGE3_TORTURE_KEYS_H
#define STAGE3_TORTURE_KEYS_H

#include <stage3/stage3.h>

/* What the undisturbed run tells of each device's TLS key is the truth. Whoever has run out of
   memory may fail to ask a device, but never says something else of its key. */

/* Notes what an undisturbed run tells. */
void keys_learn(const stage3_result* result);

/* What is wrong with what a disturbed run tells, or NULL. Allocates nothing. */
const char* keys_wrong(const stage3_result* result);

/* How many devices are known to have another key than the one on record. */
unsigned keys_changed(void);

#endif
