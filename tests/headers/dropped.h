/* What must not compile with -Werror: a run that may not have happened, and nobody looks. With KEPT: what must. */
#include <stage3/stage3.h>

#ifdef KEPT
#define LOOK_AT(code) (void)((code) == 0)
#else
#define LOOK_AT(code) (code)
#endif

static void drop(stage3_job* job) {
  LOOK_AT(stage3_job_run(job, NULL));
}

int stage3_test_dropped(stage3_job* job);
int stage3_test_dropped(stage3_job* job) {
  drop(job);
  return 0;
}
