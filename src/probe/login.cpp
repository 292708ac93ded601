// 3. Login: only when the device answers 401, only after its identity, exactly one attempt.

#include <utility>

#include "base/hex.hpp"
#include "probe/reply.hpp"
#include "rpc/digest.hpp"
#include "rpc/requests.hpp"

namespace stage3 {

namespace {

/// With its nonce slots full, firmware 2.0 answers 429 for 2 s to all requests without a login,
/// beginning with the first one; then it frees a slot for the next.
constexpr auto kSlotWindow = std::chrono::milliseconds(2200);

/// Before a question that failed in passing is asked once more.
constexpr auto kQuestionPause = std::chrono::milliseconds(200);

}  // namespace

Action DeviceProbe::challenged(const Reply& reply) {
  may_want_login_ = true;
  const bool login_was_sent = !call_.authorization.empty();
  // The realm must be the device's id, and that must name the device's MAC: an id is what a device
  // says of itself, and a stranger might say that of another one, to have its login made.
  using Answer = rpc::Answer<rpc::Challenge>;
  const auto answer = id_is_own_ ? rpc::read_challenge(reply.challenges, result_.id)
                                 : Answer(rpc::Unusable{"the device's id is not of its MAC"});
  const auto* challenge = std::get_if<rpc::Challenge>(&answer);
  if (login_was_sent) {
    // Only its nonce was too old, says the device: once. All else is a refusal, and refusals count
    // towards the device's lock-out.
    if (challenge == nullptr || !challenge->stale || login_->has_nonce(*challenge))
      return give_up_login(Cause::login_refused, "login refused", reply);
    if (renewed_)
      return give_up_login(Cause::login_refused, "login refused (nonces expire at once)", reply);
    renewed_ = true;
    return log_in(*challenge, reply);
  }
  if (challenge != nullptr) return log_in(*challenge, reply);
  if (!find_password()) return give_up_login(Cause::login_required, "login required", reply);
  return give_up_login(Cause::login_declined,
                       "no login sent: " + std::get<rpc::Unusable>(answer).why, reply);
}

Action DeviceProbe::log_in(const rpc::Challenge& challenge, const Reply& reply) {
  if (login_) {
    login_->renew(challenge);
    return transmit();
  }
  const std::optional<std::string> password = find_password();
  if (!password) return give_up_login(Cause::login_required, "login required", reply);
  login_ = std::make_unique<rpc::DigestLogin>(challenge, *password,
                                              to_hex(random_.data(), random_.size()));
  return transmit();
}

std::optional<std::string> DeviceProbe::find_password() const {
  if (!policy_.password_source || result_.id.empty()) return std::nullopt;
  auto password = policy_.password_source(result_.device.mac, result_.id);
  // A device has a password or wants none: a login with an empty one would only count as failed.
  if (password && password->empty()) return std::nullopt;
  return password;
}

/// 429: a request with a nonce that is not known any more gets it for ever; one without a login
/// gets it until a slot is free. A nonce that the device has only just given cannot be lost: it has
/// locked logins out, and each more would keep it so.
Action DeviceProbe::refused_for_logins(const Reply& reply) {
  const bool has_login = !call_.authorization.empty();
  identity_is_old_ = true;
  if (has_login && !login_taken_) return too_many_logins(reply);
  return back_off(reply, !has_login);
}

/// Once. A request without a login that is refused begins the device's window, and the next one
/// after that brings the only challenge that the freed slot allows.
Action DeviceProbe::back_off(const Reply& reply, bool window_has_begun) {
  if (backed_off_) return too_many_logins(reply);
  if (!window_has_begun) return ask_for_challenge();
  backed_off_ = true;
  return wait(kSlotWindow, &DeviceProbe::ask_for_challenge);
}

Action DeviceProbe::ask_for_challenge(const Waited&) {
  return ask_for_challenge();
}

/// A request without a login that is to be challenged: one that reads, so that what writes never
/// leaves again before it can be taken.
Action DeviceProbe::ask_for_challenge() {
  next_ = &DeviceProbe::challenge_asked;
  return Call{rpc::get_sys_config().target, {}, policy_.config.timeouts.rpc, {}};
}

Action DeviceProbe::challenge_asked(const Reply& reply) {
  if (!reply.failure && reply.status == 429) return back_off(reply, true);
  backed_off_ = true;
  if (!reply.failure && reply.status == 401) {
    call_.authorization.clear();
    return challenged(reply);
  }
  if (probe::succeeded(reply)) {
    // No login is wanted any more.
    login_.reset();
    return transmit();
  }
  if (probe::failed_in_passing(reply) && !std::exchange(question_repeated_, true))
    return wait(kQuestionPause, &DeviceProbe::ask_for_challenge);
  return give_up_question(reply);
}

/// Whatever became of the question, the pending call was refused with a 429.
Action DeviceProbe::give_up_question(const Reply& reply) {
  fail(Part::auth, reply);
  login_failed_ = true;
  login_.reset();
  Reply refused;
  refused.status = 429;
  return (this->*reader_)(refused);
}

Action DeviceProbe::too_many_logins(const Reply& reply) {
  return give_up_login(Cause::http, "HTTP 429 (too many logins)", reply);
}

Action DeviceProbe::give_up_login(Cause cause, const std::string& words, const Reply& reply) {
  login_failed_ = true;
  login_.reset();
  fail(Part::auth, cause, words);
  result_.errors.back().http_status = reply.status;
  return (this->*reader_)(reply);
}

}  // namespace stage3
