/* Asks all devices of a state file, as data/config.yaml says, and records what it finds. */
#include <stage3/stage3.h>
#include <stdio.h>

static int on_result(void* user, const stage3_result* result) {
  char key[64];
  (void)user;
  stage3_escape(stage3_result_key(result), key, sizeof key);
  printf("%s %s\n", key, stage3_outcome_word(stage3_result_outcome(result)));
  return 0;
}

int main(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  callbacks.on_result = on_result;
  if (stage3_run("data/config.yaml", 0, &callbacks, NULL, &error) >= 0) return 0;
  fprintf(stderr, "%s\n", error.message);
  return 1;
}
