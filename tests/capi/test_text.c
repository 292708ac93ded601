/* The version, the words, the escaping. */
#include <string.h>

#include "check.h"
#include "support.h"

static void version_of_the_library_is_that_of_the_header(void) {
  CHECK(stage3_version() == STAGE3_VERSION);
  CHECK(STAGE3_VERSION_PACK(1, 2, 3) == 0x010203);
  CHECK_TEXT(stage3_version_text(), "0.1.0");
}

static void every_value_has_its_word(void) {
  CHECK_TEXT(stage3_error_word(STAGE3_E_INVALID_ARGUMENT), "invalid_argument");
  CHECK_TEXT(stage3_error_word(STAGE3_E_FORKED), "forked");
  CHECK_TEXT(stage3_error_word(STAGE3_E_INTERNAL), "internal");
  CHECK_TEXT(stage3_outcome_word(STAGE3_OUTCOME_OK), "ok");
  CHECK_TEXT(stage3_outcome_word(STAGE3_OUTCOME_CANCELLED), "cancelled");
  CHECK_TEXT(stage3_ota_status_word(STAGE3_OTA_UPDATE_AVAILABLE), "update_available");
  CHECK_TEXT(stage3_ota_status_word(STAGE3_OTA_SKIPPED), "skipped");
  CHECK_TEXT(stage3_friendly_status_word(STAGE3_FRIENDLY_NO_VALUE), "no_value");
  CHECK_TEXT(stage3_friendly_status_word(STAGE3_FRIENDLY_SKIPPED), "skipped");
  CHECK_TEXT(stage3_part_word(STAGE3_PART_OTA), "OTA");
  CHECK_TEXT(stage3_part_word(STAGE3_PART_ENTRY), "entry");
  CHECK_TEXT(stage3_cause_word(STAGE3_CAUSE_REFUSED), "refused");
  CHECK_TEXT(stage3_cause_word(STAGE3_CAUSE_LOCAL), "local");
  CHECK_TEXT(stage3_log_level_word(STAGE3_LOG_DEBUG), "debug");
  CHECK_TEXT(stage3_log_level_word(STAGE3_LOG_INFO), "info");
  CHECK_TEXT(stage3_log_level_word(STAGE3_LOG_WARNING), "warning");
  CHECK_TEXT(stage3_log_level_word(STAGE3_LOG_ERROR), "error");
}

static void unknown_values_have_none(void) {
  const int unknown[] = {0, 99, 2147483647, -2147483647 - 1};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; ++i) {
    CHECK_TEXT(stage3_error_word(unknown[i]), "");
    CHECK_TEXT(stage3_outcome_word(unknown[i]), "");
    CHECK_TEXT(stage3_ota_status_word(unknown[i]), "");
    CHECK_TEXT(stage3_friendly_status_word(unknown[i]), "");
    CHECK_TEXT(stage3_part_word(unknown[i]), "");
    CHECK_TEXT(stage3_cause_word(unknown[i]), "");
    CHECK_TEXT(stage3_log_level_word(unknown[i]), "");
  }
  CHECK_TEXT(stage3_error_word(STAGE3_E_INTERNAL - 1), "");
}

static void escaping_tells_the_whole_length(void) {
  char buffer[16];
  CHECK(stage3_escape("a\x1b[2J", buffer, sizeof buffer) == 8);
  CHECK_TEXT(buffer, "a\\x1b[2J");
  CHECK(stage3_escape("K\xc3\xbc"
                      "che",
                      NULL, 0) == 6);
  CHECK(stage3_escape("", buffer, 1) == 0);
  CHECK_TEXT(buffer, "");
}

static void escaping_cuts_between_characters(void) {
  char buffer[4];
  memset(buffer, 'x', sizeof buffer);
  CHECK(stage3_escape("ab\xc3\xbc", buffer, sizeof buffer) == 4);
  CHECK_TEXT(buffer, "ab");
  CHECK(stage3_escape("abcd", buffer, sizeof buffer) == 4);
  CHECK_TEXT(buffer, "abc");
}

static void escaping_wants_text_and_room(void) {
  char buffer[4];
  CHECK(stage3_escape(NULL, buffer, sizeof buffer) == STAGE3_E_INVALID_ARGUMENT);
  CHECK(stage3_escape("a", NULL, 4) == STAGE3_E_INVALID_ARGUMENT);
}

const test_case text_tests[] = {
    {"the version of the library is that of the header",
     version_of_the_library_is_that_of_the_header},
    {"every value has its word", every_value_has_its_word},
    {"unknown values have no word", unknown_values_have_none},
    {"escaping tells the whole length", escaping_tells_the_whole_length},
    {"escaping cuts between characters", escaping_cuts_between_characters},
    {"escaping wants a text and room", escaping_wants_text_and_room},
    {NULL, NULL}};
