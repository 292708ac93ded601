#include <stdio.h>
#include <string.h>

#include "check.h"
#include "support.h"

static const char kYaml[] = "stage3: {concurrency: 8, ota: {mode: check_and_update}}";

static void check_value(stage3_config* config, const char* key, const char* wanted) {
  const char* value = NULL;
  CHECK(stage3_config_get(config, key, &value, NULL) == 0);
  CHECK_TEXT(value, wanted);
}

static void defaults_are_those_of_the_documentation(void) {
  stage3_config* config = default_config();
  check_value(config, "enabled", "true");
  check_value(config, "ip_state_file", "data/ip_state.json");
  check_value(config, "concurrency", "256");
  check_value(config, "ota.mode", "check_only");
  check_value(config, "timeouts.ping", "0.25");
  check_value(config, "auth.secrets_file", "");
  stage3_config_free(config);
}

static void a_file_and_text_in_memory_are_read(void) {
  directory dir = make_directory();
  stage3_config* config = NULL;
  CHECK(stage3_config_load(write_file(&dir, "c.yaml", kYaml), &config, NULL) == 0);
  check_value(config, "concurrency", "8");
  stage3_config_free(config);
  remove_directory(&dir);

  config = NULL;
  CHECK(stage3_config_parse(kYaml, strlen(kYaml), "memory", &config, NULL) == 0);
  check_value(config, "ota.mode", "check_and_update");
  stage3_config_free(config);
}

static void errors_name_the_place(void) {
  const char yaml[] = "stage3:\n  ota:\n    mod: check_only\n";
  stage3_config* config = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_config_parse(yaml, strlen(yaml), "c.yaml", &config, &error) == STAGE3_E_CONFIG);
  CHECK(config == NULL);
  CHECK(error.code == STAGE3_E_CONFIG);
  CHECK(error.line == 3);
  CHECK(error.column == 5);
  CHECK_TEXT(error.path, "c.yaml");
  CHECK_TEXT(error.message, "c.yaml:3:5: unknown key 'ota.mod', did you mean 'ota.mode'?");

  CHECK(stage3_config_load("/nowhere/c.yaml", &config, &error) == STAGE3_E_CONFIG);
  CHECK(config == NULL);
  CHECK(strstr(error.message, "/nowhere/c.yaml") != NULL);
  CHECK(error.line == 0);
}

static void a_text_without_the_section_is_refused(void) {
  static const struct {
    const char* yaml;
    const char* message;
    int line;
  } kCases[] = {
      {"", "c.yaml: there is no section 'stage3' in it", 0},
      {"stage1: {}\n", "c.yaml: there is no section 'stage3' in it", 0},
      {"Stage3: {}\n", "c.yaml:1:1: the section is called 'stage3', not 'Stage3'", 1},
      {"net:\n  stage3: {}\n", "c.yaml:2:3: 'stage3' stands below 'net'", 2},
      {"stage3:\nota: {}\n", "c.yaml:2:1: 'ota' stands below 'stage3' without being in it", 2},
  };
  directory dir = make_directory();
  for (size_t i = 0; i < sizeof kCases / sizeof *kCases; ++i) {
    const char* yaml = kCases[i].yaml;
    stage3_config* config = NULL;
    stage3_error error = STAGE3_ERROR_INIT;
    CHECK(stage3_config_parse(yaml, strlen(yaml), "c.yaml", &config, &error) == STAGE3_E_CONFIG);
    CHECK(strncmp(error.message, kCases[i].message, strlen(kCases[i].message)) == 0);
    CHECK(error.line == kCases[i].line);
    CHECK(stage3_config_load(write_file(&dir, "c.yaml", yaml), &config, NULL) == STAGE3_E_CONFIG);
    CHECK(config == NULL);
  }
  remove_directory(&dir);
}

static void values_out_of_range_are_refused(void) {
  static const char* const kPairs[][2] = {
      {"ota.timeout", "0"},          {"ota.timeout", "nan"},       {"timeouts.rpc", "1e400"},
      {"ota.rate", "0.0000000001"},  {"ota.rate", "-1"},           {"network.connect_rate", "inf"},
      {"friendly.field_name", "ip"}, {"friendly.field_name", ""},  {"ip_state_file", ""},
      {"concurrency", "0x10"},       {"friendly.max_length", "0"},
  };
  stage3_config* config = default_config();
  for (size_t i = 0; i < sizeof kPairs / sizeof *kPairs; ++i) {
    stage3_error error = STAGE3_ERROR_INIT;
    CHECK(stage3_config_set(config, kPairs[i][0], kPairs[i][1], &error) ==
          STAGE3_E_INVALID_ARGUMENT);
    CHECK(strstr(error.message, " must be ") != NULL);
  }
  check_value(config, "ota.timeout", "20");
  stage3_config_free(config);
}

static void options_are_set_by_key(void) {
  stage3_config* config = default_config();
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_config_set(config, "ota.rate", "0.5", &error) == 0);
  check_value(config, "ota.rate", "0.5");
  CHECK(error.code == 0);

  CHECK(stage3_config_set(config, "ota.rate", "fast", &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "fast") != NULL);
  check_value(config, "ota.rate", "0.5");
  CHECK(stage3_config_set(config, "ota.rat", "1", &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "ota.rate") != NULL);
  stage3_config_free(config);
}

static void a_list_is_an_array_or_one_item(void) {
  stage3_config* config = default_config();
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_config_set(config, "ota.block", "1.10", &error) == 0);
  check_value(config, "ota.block", "[\"1.10\"]");
  CHECK(stage3_config_set(config, "ota.block", "[\"1.7.4\",\"1.7.5\"]", &error) == 0);
  check_value(config, "ota.block", "[\"1.7.4\", \"1.7.5\"]");
  CHECK(stage3_config_set(config, "ota.block", "[1.7]", &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "a JSON array of strings") != NULL);
  check_value(config, "ota.block", "[\"1.7.4\", \"1.7.5\"]");
  stage3_config_free(config);
}

static void values_given_out_stay(void) {
  stage3_config* config = default_config();
  const char* mode = NULL;
  const char* stage = NULL;
  CHECK(stage3_config_get(config, "ota.mode", &mode, NULL) == 0);
  CHECK(stage3_config_get(config, "ota.stage", &stage, NULL) == 0);
  CHECK(stage3_config_set(config, "ota.stage", "beta", NULL) == 0);
  CHECK_TEXT(mode, "check_only");
  CHECK_TEXT(stage, "stable");
  stage3_config_free(config);
}

static void every_key_can_be_got_and_set(void) {
  stage3_config* config = default_config();
  size_t count = 0;
  for (const char* key = NULL; (key = stage3_config_key(count)) != NULL; ++count) {
    const char* value = NULL;
    CHECK(stage3_config_get(config, key, &value, NULL) == 0);
    CHECK(stage3_config_set(config, key, value, NULL) == 0);
  }
  CHECK(count > 0);
  CHECK(stage3_config_key(count + 1000) == NULL);
  CHECK_TEXT(stage3_config_key(0), "enabled");
  stage3_config_free(config);
}

static void a_file_of_defaults_is_one(void) {
  const char* const file = stage3_config_default_file();
  REQUIRE(file != NULL);
  CHECK(stage3_config_default_file() == file);
  stage3_config* const defaults = default_config();
  stage3_config* read = NULL;
  REQUIRE(stage3_config_parse(file, strlen(file), "default", &read, NULL) == 0);
  const char* key = NULL;
  for (size_t i = 0; (key = stage3_config_key(i)) != NULL; ++i) {
    const char* value = NULL;
    CHECK(stage3_config_get(defaults, key, &value, NULL) == 0);
    check_value(read, key, value);
    CHECK(strstr(file, strrchr(key, '.') != NULL ? strrchr(key, '.') + 1 : key) != NULL);
  }
  stage3_config_free(read);
  stage3_config_free(defaults);
}

static void null_is_refused(void) {
  stage3_config* config = NULL;
  const char* value = NULL;
  stage3_error error = STAGE3_ERROR_INIT;
  CHECK(stage3_config_new(NULL, &error) == STAGE3_E_INVALID_ARGUMENT);
  CHECK_TEXT(error.message, "ret_config must not be NULL");
  CHECK(stage3_config_load(NULL, &config, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_load("c.yaml", NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_parse(NULL, 0, "c", &config, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_parse("", 0, NULL, &config, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_parse("", 0, "c", NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_set(NULL, "enabled", "true", NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_get(NULL, "enabled", &value, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(config == NULL);

  config = default_config();
  CHECK(stage3_config_set(config, NULL, "true", NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_set(config, "enabled", NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_get(config, NULL, &value, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_get(config, "enabled", NULL, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_config_get(config, "enable", &value, NULL) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(value == NULL);
  stage3_config_free(config);
  stage3_config_free(NULL);
}

const test_case config_tests[] = {
    {"defaults are those of the documentation", defaults_are_those_of_the_documentation},
    {"a file and text in memory are read", a_file_and_text_in_memory_are_read},
    {"configuration errors name the place", errors_name_the_place},
    {"a text without the section is refused", a_text_without_the_section_is_refused},
    {"values out of range are refused", values_out_of_range_are_refused},
    {"options are set by key", options_are_set_by_key},
    {"a list is an array or one item", a_list_is_an_array_or_one_item},
    {"values given out stay", values_given_out_stay},
    {"every key can be got and set", every_key_can_be_got_and_set},
    {"a file of defaults is one", a_file_of_defaults_is_one},
    {"configuration functions refuse NULL", null_is_refused},
    {NULL, NULL}};
