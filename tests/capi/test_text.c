/* The version, the words, the escaping. */
#include <string.h>

#include "check.h"
#include "support.h"

static void version_of_the_library_is_that_of_the_header(void) {
  CHECK(stage3_version() == STAGE3_VERSION);
  CHECK(STAGE3_VERSION_PACK(1, 2, 3) == 0x010203);
  CHECK_TEXT(stage3_version_text(), "0.1.0");
}

typedef const char* word_function(int value);

/* The words of the values from `first` on, away from 0. */
static void check_words(word_function* word_of, int first, const char* const* words) {
  int value = first;
  for (; *words != NULL; ++words) {
    CHECK_TEXT(word_of(value), *words);
    value += first;
  }
  CHECK_TEXT(word_of(value), "");
}

static const char* const k_error_words[] = {
    "invalid_argument", "config", "state_read", "state_write", "locked", "system",
    "reentrant",        "forked", "nomem",      "internal",    NULL};
static const char* const k_outcome_words[] = {"ok", "failed", "offline", "cancelled", NULL};
static const char* const k_ota_status_words[] = {
    "up_to_date", "update_available", "offline", "check_failed", "error", "skipped", NULL};
static const char* const k_friendly_status_words[] = {"ok", "no_value", "error", "skipped", NULL};
static const char* const k_part_words[] = {"reach",    "identity", "auth", "OTA",
                                           "friendly", "entry",    NULL};
static const char* const k_cause_words[] = {"refused",
                                            "unreachable",
                                            "reset",
                                            "closed",
                                            "timeout",
                                            "http",
                                            "rpc",
                                            "malformed",
                                            "too_large",
                                            "wrong_device",
                                            "unsupported",
                                            "login_required",
                                            "login_refused",
                                            "login_declined",
                                            "name_mismatch",
                                            "name_unknown",
                                            "bad_value",
                                            "no_answer",
                                            "local",
                                            "sent_already",
                                            "tls",
                                            "tls_key",
                                            "tls_untrusted",
                                            "tls_only",
                                            "tls_missing",
                                            "redirected",
                                            "not_installed",
                                            "lost",
                                            NULL};
static const char* const k_update_state_words[] = {"sent",  "updated", "unchanged", "unstable",
                                                   "other", "refused", "lost",      NULL};
static const char* const k_log_level_words[] = {"debug", "info", "warning", "error", NULL};

static void every_value_has_its_word(void) {
  check_words(stage3_error_word, STAGE3_E_INVALID_ARGUMENT, k_error_words);
  check_words(stage3_outcome_word, STAGE3_OUTCOME_OK, k_outcome_words);
  check_words(stage3_ota_status_word, STAGE3_OTA_UP_TO_DATE, k_ota_status_words);
  check_words(stage3_friendly_status_word, STAGE3_FRIENDLY_OK, k_friendly_status_words);
  check_words(stage3_part_word, STAGE3_PART_REACH, k_part_words);
  check_words(stage3_cause_word, STAGE3_CAUSE_REFUSED, k_cause_words);
  check_words(stage3_update_state_word, STAGE3_UPDATE_SENT, k_update_state_words);
  check_words(stage3_log_level_word, STAGE3_LOG_DEBUG, k_log_level_words);
  CHECK(STAGE3_E_INTERNAL == -10);
  CHECK(STAGE3_OUTCOME_CANCELLED == 4);
  CHECK(STAGE3_OTA_SKIPPED == 6);
  CHECK(STAGE3_FRIENDLY_SKIPPED == 4);
  CHECK(STAGE3_PART_ENTRY == 6);
  CHECK(STAGE3_CAUSE_LOST == 28);
  CHECK(STAGE3_UPDATE_UNREADABLE == 8);
  CHECK(STAGE3_LOG_ERROR == 4);
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
    CHECK(stage3_error_meaning("auth.timeout", unknown[i]) == NULL);
    CHECK(stage3_error_advice("auth.timeout", unknown[i]) == NULL);
  }
}

static void errors_are_explained_in_two_languages(void) {
  const char* const meaning = stage3_error_meaning("auth.login_refused", STAGE3_LANGUAGE_EN);
  const char* const advice = stage3_error_advice("auth.login_refused", STAGE3_LANGUAGE_DE);
  REQUIRE(meaning != NULL && advice != NULL);
  CHECK(strstr(meaning, "does not accept the password") != NULL);
  CHECK(strstr(advice, "berichtigen") != NULL);
  CHECK(stage3_error_meaning("auth.login", STAGE3_LANGUAGE_EN) == NULL);
  CHECK(stage3_error_advice("", STAGE3_LANGUAGE_EN) == NULL);
  CHECK(stage3_error_meaning(NULL, STAGE3_LANGUAGE_EN) == NULL);
  CHECK(stage3_error_advice(NULL, STAGE3_LANGUAGE_DE) == NULL);
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
    {"errors are explained in two languages", errors_are_explained_in_two_languages},
    {"escaping tells the whole length", escaping_tells_the_whole_length},
    {"escaping cuts between characters", escaping_cuts_between_characters},
    {"escaping wants a text and room", escaping_wants_text_and_room},
    {NULL, NULL}};
