// With its nonce slots full, firmware 2.0 answers 429 for 2 s to all requests without a login,
// beginning with the first one; then it frees a slot for the next. A request with a nonce that is
// not known any more gets 429 for ever, one without a login gets it until a slot is free.

#include <algorithm>
#include <utility>

#include "probe/exchange.hpp"
#include "probe/reply.hpp"

namespace stage3::probe {

namespace {

constexpr auto kSlotWindow = std::chrono::milliseconds(2200);

/// Before a question that failed in passing is asked once more.
constexpr auto kQuestionPause = std::chrono::milliseconds(200);

}  // namespace

/// A nonce that the device has only just given cannot be lost: it has locked logins out, and each
/// more would keep it so.
Action Exchange::refused_for_logins(const Reply& reply) {
  conversation_.identity_is_old = true;
  if (!has_login_) return back_off(reply);
  if (!login_.is_accepted() || back_off_ != BackOff::none) return too_many_logins(reply);
  // Without a login the device's window has not begun.
  return ask_for_challenge();
}

/// Once. A request without a login that is refused begins the device's window, and the next one
/// after that brings the only challenge that the freed slot allows.
Action Exchange::back_off(const Reply& reply) {
  if (back_off_ != BackOff::none) return too_many_logins(reply);
  back_off_ = BackOff::waited;
  return wait(kSlotWindow, {this, &Exchange::ask_for_challenge});
}

Action Exchange::ask_for_challenge(const Waited&) {
  return ask_for_challenge();
}

/// A request without a login that is to be challenged: one that reads, so that what writes never
/// leaves again before it can be taken.
Action Exchange::ask_for_challenge() {
  next_ = Step<Reply>(this, &Exchange::challenge_asked);
  return call_for(rpc::get_sys_config(), time_limit(rpc::Patience::rpc));
}

Action Exchange::challenge_asked(const Reply& reply) {
  if (!reply.failure && reply.status == 429) return back_off(reply);
  const BackOff before = std::exchange(back_off_, std::max(back_off_, BackOff::waited));
  if (!reply.failure && reply.status == 401) {
    has_login_ = false;
    return challenged(reply);
  }
  if (succeeded(reply)) {
    // No login is wanted any more.
    login_.drop();
    return transmit();
  }
  if (before == BackOff::asked_again || !failed_in_passing(reply)) return give_up_question(reply);
  back_off_ = BackOff::asked_again;
  return wait(kQuestionPause, {this, &Exchange::ask_for_challenge});
}

/// Whatever became of the question, the pending call was refused with a 429.
Action Exchange::give_up_question(const Reply& reply) {
  conversation_.fail(Part::auth, reply);
  conversation_.fail_login();
  login_.drop();
  Reply refused;
  refused.status = 429;
  return reader_(refused);
}

Action Exchange::too_many_logins(const Reply& reply) {
  return give_up({Cause::http, "HTTP 429 (too many logins)"}, reply);
}

}  // namespace stage3::probe
