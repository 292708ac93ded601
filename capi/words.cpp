#include "words.hpp"

#include <stage3/error_info.hpp>

using stage3::Cause;
using stage3::DeviceEvent;
using stage3::FriendlyStatus;
using stage3::Language;
using stage3::LogLevel;
using stage3::OtaStatus;
using stage3::Outcome;
using stage3::Part;
using stage3::UpdateDecision;
using stage3::UpdateState;
using stage3::capi::from_c;
using stage3::capi::to_c;

static_assert(to_c(Outcome::ok) == STAGE3_OUTCOME_OK);
static_assert(to_c(Outcome::failed) == STAGE3_OUTCOME_FAILED);
static_assert(to_c(Outcome::offline) == STAGE3_OUTCOME_OFFLINE);
static_assert(to_c(Outcome::cancelled) == STAGE3_OUTCOME_CANCELLED);

static_assert(to_c(OtaStatus::up_to_date) == STAGE3_OTA_UP_TO_DATE);
static_assert(to_c(OtaStatus::update_available) == STAGE3_OTA_UPDATE_AVAILABLE);
static_assert(to_c(OtaStatus::offline) == STAGE3_OTA_OFFLINE);
static_assert(to_c(OtaStatus::check_failed) == STAGE3_OTA_CHECK_FAILED);
static_assert(to_c(OtaStatus::error) == STAGE3_OTA_ERROR);
static_assert(to_c(OtaStatus::skipped) == STAGE3_OTA_SKIPPED);

static_assert(to_c(Language::en) == STAGE3_LANGUAGE_EN);
static_assert(to_c(Language::de) == STAGE3_LANGUAGE_DE);

static_assert(to_c(FriendlyStatus::ok) == STAGE3_FRIENDLY_OK);
static_assert(to_c(FriendlyStatus::no_value) == STAGE3_FRIENDLY_NO_VALUE);
static_assert(to_c(FriendlyStatus::error) == STAGE3_FRIENDLY_ERROR);
static_assert(to_c(FriendlyStatus::skipped) == STAGE3_FRIENDLY_SKIPPED);

static_assert(to_c(Part::reach) == STAGE3_PART_REACH);
static_assert(to_c(Part::identity) == STAGE3_PART_IDENTITY);
static_assert(to_c(Part::auth) == STAGE3_PART_AUTH);
static_assert(to_c(Part::ota) == STAGE3_PART_OTA);
static_assert(to_c(Part::friendly) == STAGE3_PART_FRIENDLY);
static_assert(to_c(Part::entry) == STAGE3_PART_ENTRY);

static_assert(to_c(Cause::refused) == STAGE3_CAUSE_REFUSED);
static_assert(to_c(Cause::unreachable) == STAGE3_CAUSE_UNREACHABLE);
static_assert(to_c(Cause::reset) == STAGE3_CAUSE_RESET);
static_assert(to_c(Cause::closed) == STAGE3_CAUSE_CLOSED);
static_assert(to_c(Cause::timeout) == STAGE3_CAUSE_TIMEOUT);
static_assert(to_c(Cause::http) == STAGE3_CAUSE_HTTP);
static_assert(to_c(Cause::rpc) == STAGE3_CAUSE_RPC);
static_assert(to_c(Cause::malformed) == STAGE3_CAUSE_MALFORMED);
static_assert(to_c(Cause::too_large) == STAGE3_CAUSE_TOO_LARGE);
static_assert(to_c(Cause::wrong_device) == STAGE3_CAUSE_WRONG_DEVICE);
static_assert(to_c(Cause::unsupported) == STAGE3_CAUSE_UNSUPPORTED);
static_assert(to_c(Cause::login_required) == STAGE3_CAUSE_LOGIN_REQUIRED);
static_assert(to_c(Cause::login_refused) == STAGE3_CAUSE_LOGIN_REFUSED);
static_assert(to_c(Cause::login_declined) == STAGE3_CAUSE_LOGIN_DECLINED);
static_assert(to_c(Cause::name_mismatch) == STAGE3_CAUSE_NAME_MISMATCH);
static_assert(to_c(Cause::name_unknown) == STAGE3_CAUSE_NAME_UNKNOWN);
static_assert(to_c(Cause::bad_value) == STAGE3_CAUSE_BAD_VALUE);
static_assert(to_c(Cause::no_answer) == STAGE3_CAUSE_NO_ANSWER);
static_assert(to_c(Cause::local) == STAGE3_CAUSE_LOCAL);
static_assert(to_c(Cause::sent_already) == STAGE3_CAUSE_SENT_ALREADY);
static_assert(to_c(Cause::tls) == STAGE3_CAUSE_TLS);
static_assert(to_c(Cause::tls_key) == STAGE3_CAUSE_TLS_KEY);
static_assert(to_c(Cause::tls_untrusted) == STAGE3_CAUSE_TLS_UNTRUSTED);
static_assert(to_c(Cause::tls_only) == STAGE3_CAUSE_TLS_ONLY);
static_assert(to_c(Cause::tls_missing) == STAGE3_CAUSE_TLS_MISSING);
static_assert(to_c(Cause::redirected) == STAGE3_CAUSE_REDIRECTED);
static_assert(to_c(Cause::not_installed) == STAGE3_CAUSE_NOT_INSTALLED);
static_assert(to_c(Cause::lost) == STAGE3_CAUSE_LOST);

static_assert(to_c(UpdateState::none) == STAGE3_UPDATE_NONE);
static_assert(to_c(UpdateState::sent) == STAGE3_UPDATE_SENT);
static_assert(to_c(UpdateState::updated) == STAGE3_UPDATE_UPDATED);
static_assert(to_c(UpdateState::unchanged) == STAGE3_UPDATE_UNCHANGED);
static_assert(to_c(UpdateState::unstable) == STAGE3_UPDATE_UNSTABLE);
static_assert(to_c(UpdateState::other) == STAGE3_UPDATE_OTHER);
static_assert(to_c(UpdateState::refused) == STAGE3_UPDATE_REFUSED);
static_assert(to_c(UpdateState::lost) == STAGE3_UPDATE_LOST);
static_assert(to_c(UpdateState::unreadable) == STAGE3_UPDATE_UNREADABLE);

static_assert(static_cast<int>(UpdateDecision::no) == STAGE3_UPDATE_NO);
static_assert(static_cast<int>(UpdateDecision::yes) == STAGE3_UPDATE_YES);
static_assert(static_cast<int>(UpdateDecision::later) == STAGE3_UPDATE_LATER);

static_assert(to_c(LogLevel::debug) == STAGE3_LOG_DEBUG);
static_assert(to_c(LogLevel::info) == STAGE3_LOG_INFO);
static_assert(to_c(LogLevel::warning) == STAGE3_LOG_WARNING);
static_assert(to_c(LogLevel::error) == STAGE3_LOG_ERROR);

static_assert(to_c(DeviceEvent::started) == STAGE3_EVENT_STARTED);
static_assert(to_c(DeviceEvent::update_permitted) == STAGE3_EVENT_UPDATE_PERMITTED);
static_assert(to_c(DeviceEvent::update_sent) == STAGE3_EVENT_UPDATE_SENT);
static_assert(to_c(DeviceEvent::update_away) == STAGE3_EVENT_UPDATE_AWAY);
static_assert(to_c(DeviceEvent::update_back) == STAGE3_EVENT_UPDATE_BACK);
static_assert(to_c(DeviceEvent::update_ended) == STAGE3_EVENT_UPDATE_ENDED);

const char* stage3_outcome_word(int outcome) noexcept {
  return to_string(from_c<Outcome>(outcome));
}

const char* stage3_ota_status_word(int ota_status) noexcept {
  return to_string(from_c<OtaStatus>(ota_status));
}

const char* stage3_friendly_status_word(int friendly_status) noexcept {
  return to_string(from_c<FriendlyStatus>(friendly_status));
}

namespace {

/// `texts` are of which language.
const char* in_language(const char* const (&texts)[2], int language) noexcept {
  if (language != STAGE3_LANGUAGE_EN && language != STAGE3_LANGUAGE_DE) return nullptr;
  return texts[static_cast<std::size_t>(from_c<Language>(language))];
}

}  // namespace

const char* stage3_error_meaning(const char* error_id, int language) noexcept {
  const auto* const info = error_id != nullptr ? stage3::find_error_info(error_id) : nullptr;
  return info != nullptr ? in_language(info->meaning, language) : nullptr;
}

const char* stage3_error_advice(const char* error_id, int language) noexcept {
  const auto* const info = error_id != nullptr ? stage3::find_error_info(error_id) : nullptr;
  return info != nullptr ? in_language(info->advice, language) : nullptr;
}

const char* stage3_part_word(int part) noexcept {
  return to_string(from_c<Part>(part));
}

const char* stage3_cause_word(int cause) noexcept {
  return to_string(from_c<Cause>(cause));
}

const char* stage3_update_state_word(int state) noexcept {
  return to_string(static_cast<UpdateState>(state));
}

const char* stage3_log_level_word(int level) noexcept {
  switch (level) {
    case STAGE3_LOG_DEBUG:
      return "debug";
    case STAGE3_LOG_INFO:
      return "info";
    case STAGE3_LOG_WARNING:
      return "warning";
    case STAGE3_LOG_ERROR:
      return "error";
    default:
      return "";
  }
}
