/* A run that does not look whether its results can be saved before its end. */
#include <stage3/stage3.h>
#include <stdio.h>

static int on_result(void* store, const stage3_result* result) {
  return stage3_store_record(store, result, NULL);
}

int main(void) {
  stage3_error error = STAGE3_ERROR_INIT;
  stage3_callbacks callbacks = STAGE3_CALLBACKS_INIT;
  stage3_config* config = NULL;
  stage3_store* store = NULL;
  stage3_runner* runner = NULL;

  int code = stage3_config_load("data/config.yaml", &config, &error);
  if (code >= 0) code = stage3_store_load(config, &store, &error);
  callbacks.on_result = on_result;
  callbacks.user = store;
  if (code >= 0) code = stage3_runner_new(config, &callbacks, 0, &runner, &error);
  if (code >= 0) code = stage3_runner_add_store(runner, store, NULL, 0, &error);
  if (code >= 0) code = stage3_runner_work(runner, &error);
  if (code >= 0) code = stage3_store_save(store, NULL, NULL, &error);
  if (code < 0) fprintf(stderr, "%s\n", error.message);

  stage3_runner_free(runner);
  stage3_store_free(store);
  stage3_config_free(config);
  return code < 0;
}
