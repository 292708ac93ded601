// The words of the state file, of the JSON output and of messages.

#include <stage3/result.hpp>

namespace stage3 {

const char* to_string(OtaStatus status) noexcept {
  switch (status) {
    case OtaStatus::up_to_date:
      return "up_to_date";
    case OtaStatus::update_available:
      return "update_available";
    case OtaStatus::offline:
      return "offline";
    case OtaStatus::check_failed:
      return "check_failed";
    case OtaStatus::error:
      return "error";
    case OtaStatus::skipped:
      return "skipped";
  }
  return "";
}

const char* to_string(FriendlyStatus status) noexcept {
  switch (status) {
    case FriendlyStatus::ok:
      return "ok";
    case FriendlyStatus::no_value:
      return "no_value";
    case FriendlyStatus::error:
      return "error";
    case FriendlyStatus::skipped:
      return "skipped";
  }
  return "";
}

const char* to_string(UpdateState state) noexcept {
  switch (state) {
    case UpdateState::sent:
      return "sent";
    case UpdateState::updated:
      return "updated";
    case UpdateState::unchanged:
      return "unchanged";
    case UpdateState::unstable:
      return "unstable";
    case UpdateState::other:
      return "other";
    case UpdateState::refused:
      return "refused";
    case UpdateState::lost:
      return "lost";
    case UpdateState::none:
    case UpdateState::unreadable:
      break;
  }
  return "";
}

const char* to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::failed:
      return "failed";
    case Outcome::offline:
      return "offline";
    case Outcome::cancelled:
      return "cancelled";
  }
  return "";
}

const char* to_string(Part part) noexcept {
  switch (part) {
    case Part::reach:
      return "reach";
    case Part::identity:
      return "identity";
    case Part::auth:
      return "auth";
    case Part::ota:
      return "OTA";
    case Part::friendly:
      return "friendly";
    case Part::entry:
      return "entry";
  }
  return "";
}

const char* to_string(Cause cause) noexcept {
  switch (cause) {
    case Cause::refused:
      return "refused";
    case Cause::unreachable:
      return "unreachable";
    case Cause::reset:
      return "reset";
    case Cause::closed:
      return "closed";
    case Cause::timeout:
      return "timeout";
    case Cause::http:
      return "http";
    case Cause::rpc:
      return "rpc";
    case Cause::malformed:
      return "malformed";
    case Cause::too_large:
      return "too_large";
    case Cause::wrong_device:
      return "wrong_device";
    case Cause::unsupported:
      return "unsupported";
    case Cause::login_required:
      return "login_required";
    case Cause::login_refused:
      return "login_refused";
    case Cause::login_declined:
      return "login_declined";
    case Cause::name_mismatch:
      return "name_mismatch";
    case Cause::name_unknown:
      return "name_unknown";
    case Cause::bad_value:
      return "bad_value";
    case Cause::no_answer:
      return "no_answer";
    case Cause::local:
      return "local";
    case Cause::sent_already:
      return "sent_already";
    case Cause::tls:
      return "tls";
    case Cause::tls_key:
      return "tls_key";
    case Cause::tls_untrusted:
      return "tls_untrusted";
    case Cause::tls_only:
      return "tls_only";
    case Cause::tls_missing:
      return "tls_missing";
    case Cause::redirected:
      return "redirected";
    case Cause::not_installed:
      return "not_installed";
    case Cause::lost:
      return "lost";
  }
  return "";
}

std::string DeviceResult::error_text() const {
  std::string out;
  for (const DeviceError& error : errors) {
    if (!out.empty()) out += "; ";
    out += error.text;
  }
  return out;
}

std::int64_t DeviceResult::failing_since() const {
  if (outcome != Outcome::failed && outcome != Outcome::offline) return 0;
  const bool is_on_record = device.on_record && device.on_record->failing_since != 0;
  return is_on_record ? device.on_record->failing_since : finished_at;
}

}  // namespace stage3
