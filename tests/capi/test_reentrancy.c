/* What may be done inside of each callback, and what comes of it. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "play.h"

static int add_a_device(play* p) {
  const fleet_member member = member_of(&p->fleet, p->wanted);
  stage3_device device = make_device(member.mac, member.address);
  device.user = &p->told[p->wanted++];
  CHECK(stage3_runner_add(p->runner, &device, NULL) == 0);
  return 0;
}

static void adding_is_fine(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, add_a_device);
    CHECK(finish_play(&p) == 0);
    CHECK(p.wanted == PLAY_DEVICES + 1);
    check_all_told_once(&p);
    CHECK(stage3_runner_cancelled(p.runner) == 0);
    end_play(&p);
  }
}

static int add_the_store(play* p) {
  CHECK(stage3_runner_add_store(p->runner, p->store, NULL, 0, NULL) == PLAY_DEVICES);
  return 0;
}

static void adding_a_store_is_fine(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, add_the_store);
    CHECK(finish_play(&p) == 0);
    check_all_told_once(&p);
    CHECK(p.told_of_store == PLAY_DEVICES);
    end_play(&p);
  }
}

static int cancel(play* p) {
  CHECK(stage3_runner_cancel(p->runner) == 0);
  CHECK(stage3_runner_cancelled(p->runner) == 1);
  return 0;
}

static int remove_all(play* p) {
  for (int i = 0; i < p->wanted; ++i) {
    const fleet_member member = member_of(&p->fleet, i);
    CHECK(stage3_runner_remove(p->runner, member.mac, NULL) >= 0);
    CHECK(stage3_runner_remove(p->runner, member.mac, NULL) == 0);
  }
  return 0;
}

static void removing_is_fine(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, remove_all);
    CHECK(finish_play(&p) == 0);
    check_all_told_once(&p);
    CHECK(stage3_runner_cancelled(p.runner) == 0);
    end_play(&p);
  }
}

static int answer_one(play* p) {
  (void)p;
  return 1;
}

static void cancelling_is_fine(void) {
  int (*const ways[])(play*) = {cancel, answer_one};
  for (int place = 0; place < PLACES; ++place) {
    for (size_t way = 0; way < 2; ++way) {
      play p;
      begin_play(&p, place, ways[way]);
      CHECK(finish_play(&p) == 0);
      CHECK(stage3_runner_cancelled(p.runner) == 1);
      check_all_told_once(&p);
      CHECK(p.told_cancelled > 0);
      end_play(&p);
    }
  }
}

static int free_the_runner(play* p) {
  p->is_freed = 1; /* from now on a callback is a mistake */
  stage3_runner_free(p->runner);
  p->runner = NULL;
  CHECK(p->destroyed == 0);
  return 0;
}

static void freeing_the_runner_ends_the_callbacks(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, free_the_runner);
    CHECK(finish_play(&p) == 0);
    CHECK(p.acts == 1);
    CHECK(p.destroyed == 0); /* the worker is still there */
    end_play(&p);
  }
}

static int free_the_worker(play* p) {
  stage3_worker_free(p->worker);
  p->worker = NULL;
  return 0;
}

/* Those that it had in flight are not told, but counted. */
static void freeing_the_worker_leaves_the_rest_to_others(void) {
  for (int place = 0; place < PLACES; ++place) {
    stage3_summary summary = STAGE3_SUMMARY_INIT;
    play p;
    begin_play(&p, place, free_the_worker);
    while (p.worker != NULL)
      REQUIRE(stage3_worker_step(p.worker, 1000, NULL) >= 0);
    CHECK(p.acts == 1);
    CHECK(stage3_runner_work(p.runner, NULL) == 0);
    CHECK(stage3_runner_summary(p.runner, &summary, NULL) == 0);
    CHECK(summary.total == PLAY_DEVICES);
    CHECK(summary.ok + summary.cancelled == PLAY_DEVICES);
    CHECK(summary.ok == (size_t)count_told(&p));
    CHECK(p.told_twice == 0);
    end_play(&p);
  }
}

static int try_to_work(play* p) {
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_runner_work(p->runner, &error) == STAGE3_E_REENTRANT);
  CHECK(error.code == STAGE3_E_REENTRANT && error.message[0] != '\0');
  CHECK(stage3_worker_step(p->worker, 0, NULL) == STAGE3_E_REENTRANT);
  CHECK(stage3_worker_run(p->worker, NULL) == STAGE3_E_REENTRANT);
  /* Neither a second worker nor another run. */
  CHECK(stage3_worker_step(p->second_worker, 0, NULL) == STAGE3_E_REENTRANT);
  CHECK(stage3_worker_run(p->second_worker, NULL) == STAGE3_E_REENTRANT);
  tally counts = {0, {0}, 0};
  stage3_runner* const other = make_runner(&counts);
  CHECK(stage3_runner_work(other, NULL) == STAGE3_E_REENTRANT);
  stage3_runner_free(other);
  CHECK(counts.destroyed == 1);
  return 0;
}

static void working_is_refused(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, try_to_work);
    REQUIRE(stage3_worker_new(p.runner, &p.second_worker, NULL) == 0);
    CHECK(finish_play(&p) == 0);
    check_all_told_once(&p);
    CHECK(stage3_runner_cancelled(p.runner) == 0);
    stage3_worker_free(p.second_worker);
    end_play(&p);
  }
}

static int make_and_look(play* p) {
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  stage3_worker* worker = NULL;
  CHECK(stage3_runner_summary(p->runner, &summary, NULL) == 0);
  CHECK(summary.total == PLAY_DEVICES);
  CHECK(stage3_runner_cancelled(p->runner) == 0);
  CHECK(stage3_worker_fd(p->worker) >= 0);
  CHECK(stage3_worker_new(p->runner, &worker, NULL) == 0);
  stage3_worker_free(worker);
  return 0;
}

static void looking_is_fine(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, make_and_look);
    CHECK(finish_play(&p) == 0);
    check_all_told_once(&p);
    end_play(&p);
  }
}

static int record_and_save(play* p) {
  CHECK(stage3_store_record(p->store, p->earlier, NULL) == 0);
  CHECK(stage3_store_save(p->store, NULL, NULL, NULL) >= 0);
  CHECK(stage3_store_check_writable(p->store, NULL) == 0);
  return 0;
}

static void recording_and_saving_is_fine(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, record_and_save);
    CHECK(finish_play(&p) == 0);
    check_all_told_once(&p);
    CHECK(file_holds(&p.dir, "s.json", "\"stage3\""));
    end_play(&p);
  }
}

/* What of the parent's a child may touch; returns how much of it did not behave. */
static int misuse(play* p) {
  stage3_summary summary = STAGE3_SUMMARY_INIT;
  const int codes[] = {
      stage3_worker_step(p->worker, 0, NULL),
      stage3_runner_work(p->runner, NULL),
      stage3_runner_cancel(p->runner),
      stage3_runner_cancelled(p->runner),
      stage3_runner_summary(p->runner, &summary, NULL),
      stage3_store_record(p->store, p->earlier, NULL),
      stage3_store_save(p->store, NULL, NULL, NULL),
  };
  int wrong = 0;
  for (size_t i = 0; i < sizeof codes / sizeof *codes; ++i)
    wrong += codes[i] != STAGE3_E_FORKED;
  stage3_worker_free(p->worker);
  stage3_runner_free(p->runner);
  return wrong;
}

static int fork_a_child(play* p) {
  int status = -1;
  fflush(stdout);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    limit_child();
    _exit(misuse(p));
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return 0;
}

static void forking_leaves_the_parent_alone(void) {
  for (int place = 0; place < PLACES; ++place) {
    play p;
    begin_play(&p, place, fork_a_child);
    CHECK(finish_play(&p) == 0);
    check_all_told_once(&p);
    CHECK(stage3_runner_cancelled(p.runner) == 0);
    CHECK(p.destroyed == 0);
    end_play(&p);
  }
}

const test_case reentrancy_tests[] = {
    {"adding a device is fine in each callback", adding_is_fine},
    {"adding a store is fine in each callback", adding_a_store_is_fine},
    {"removing is fine", removing_is_fine},
    {"cancelling is fine in each callback", cancelling_is_fine},
    {"freeing the runner in a callback ends the callbacks", freeing_the_runner_ends_the_callbacks},
    {"freeing the worker in a callback leaves the rest to others",
     freeing_the_worker_leaves_the_rest_to_others},
    {"working is refused in each callback", working_is_refused},
    {"looking is fine in each callback", looking_is_fine},
    {"recording and saving is fine in each callback", recording_and_saving_is_fine},
    {"forking in a callback leaves the parent alone", forking_leaves_the_parent_alone},
    {NULL, NULL}};
