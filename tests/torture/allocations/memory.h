#ifndef STAGE3_TORTURE_MEMORY_H
#define STAGE3_TORTURE_MEMORY_H

/* Takes the place of malloc() and its kin for the whole program, the C++ runtime, libcurl and
   OpenSSL included. */

/* From now on the `number`-th allocation, counted from 1, fails, and with `for_good` all later ones
   as well. 0: none does. Counting begins anew. */
void memory_fail_at(unsigned long number, int for_good);

/* While it is spared none fails. */
void memory_spare(int is_spared);

/* How many allocations were asked for since the last memory_fail_at(). */
unsigned long memory_asked(void);

/* How many are not freed by now. */
long memory_live(void);

#endif
