// How a probe asks: the verbs of the conversation, and the one repetition.

#include <algorithm>

#include "base/assert.hpp"
#include "probe/reply.hpp"
#include "rpc/digest.hpp"
#include "rpc/requests.hpp"

namespace stage3 {

namespace {

/// 100 to 300 ms, spread by the device's MAC so that a fleet that failed together does not come
/// back together.
Duration pause_for(const Mac& mac) {
  constexpr std::uint64_t kFnvPrime = 0x100000001b3;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : mac.to_string())
    hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return std::chrono::milliseconds(100 + hash % 201);
}

/// The one RPC that never needs a login, so that none may ever be sent with it.
bool is_identity_request(const rpc::Request& request) {
  return request.target == rpc::get_device_info().target ||
         request.target == rpc::get_shelly().target;
}

}  // namespace

template <class Event>
Action DeviceProbe::dispatch(const Event& event) {
  if (is_over()) return Done{};
  if (const auto* step = std::get_if<Step<Event>>(&next_)) return (this->**step)(event);
  return out_of_order();
}

Action DeviceProbe::out_of_order() {
  fail(Part::entry, Cause::local, "the conversation was driven out of order");
  result_.ota_status = OtaStatus::error;
  return done();
}

Action DeviceProbe::on(const Started& event) {
  return dispatch(event);
}
Action DeviceProbe::on(const Pinged& event) {
  return dispatch(event);
}
Action DeviceProbe::on(const Reply& event) {
  return dispatch(event);
}
Action DeviceProbe::on(const Waited& event) {
  return dispatch(event);
}
Action DeviceProbe::on(const Granted& event) {
  return dispatch(event);
}

/// Who is there now, and is it the same one?
Action DeviceProbe::on(const Postponed&) {
  if (is_over()) return Done{};
  const auto* step = std::get_if<Step<Reply>>(&next_);
  if (!call_.writes || step == nullptr || *step != &DeviceProbe::replied) return out_of_order();
  identity_is_old_ = true;
  return transmit();
}

// --- Verbs

Action DeviceProbe::ping(Step<Pinged> next) {
  next_ = next;
  return Ping{policy_.config.timeouts.ping};
}

Action DeviceProbe::ask(const rpc::Request& request, Duration timeout, Step<Reply> next) {
  repeatable_ = true;
  call_.writes = false;
  return send(request, timeout, next);
}

Action DeviceProbe::tell(const rpc::Request& request, Duration timeout, Step<Reply> next) {
  repeatable_ = false;
  call_.writes = true;
  return send(request, timeout, next);
}

Action DeviceProbe::wait(Duration time, Step<Waited> next) {
  next_ = next;
  return Wait{time};
}

Action DeviceProbe::permit(Step<Granted> next) {
  next_ = next;
  return Permit{result_.update};
}

// --- Sending and the replies' common treatment

Action DeviceProbe::send(const rpc::Request& request, Duration timeout, Step<Reply> next) {
  needs_no_login_ = is_identity_request(request);
  reader_ = next;
  call_ = Call{request.target, request.body, timeout, {}, call_.writes};
  return transmit();
}

/// The pending call, with a login of its own if one was wanted before. What writes goes only to
/// a device that has said a moment ago who it is.
Action DeviceProbe::transmit() {
  if (call_.writes && identity_is_old_) return look_again();
  STAGE3_ASSERT(!call_.writes || seen_);
  STAGE3_ASSERT(!call_.writes || !policy_.dry_run);
  call_.authorization.clear();
  if (login_ && !needs_no_login_)
    call_.authorization = login_->authorize(call_.body.empty() ? "GET" : "POST", call_.target);
  STAGE3_ASSERT(call_.authorization.empty() || (seen_ && id_is_own_));
  next_ = &DeviceProbe::replied;
  return call_;
}

Action DeviceProbe::replied(const Reply& reply) {
  speaks_http_ = speaks_http_ || reply.status != 0;
  login_taken_ = login_taken_ || (!call_.authorization.empty() && probe::is_status(reply.status) &&
                                  !reply.failure && reply.status != 401 && reply.status != 429);
  // A login that was turned away goes out no more, whatever became of the rest of the answer.
  if (reply.failure && reply.status == 401 && !call_.authorization.empty())
    return give_up_login(Cause::login_refused, "login refused", reply);
  if (!needs_no_login_ && !login_failed_ && !reply.failure) {
    if (reply.status == 401) return challenged(reply);
    // Where no login was ever wanted it is no lock-out but a refusal, and what writes is not sent
    // again.
    if (reply.status == 429 && (repeatable_ || may_want_login_)) return refused_for_logins(reply);
  }
  if (is_worth_repeating(reply)) {
    repeatable_ = false;
    identity_is_old_ = true;
    // What answered once deserves the patience of any other call.
    if (reply.status != 0) call_.timeout = std::max(call_.timeout, policy_.config.timeouts.rpc);
    return wait(pause_for(result_.device.mac), &DeviceProbe::call_again);
  }
  has_written_ = has_written_ || call_.writes;
  return (this->*reader_)(reply);
}

bool DeviceProbe::is_worth_repeating(const Reply& reply) const {
  if (!repeatable_ || !probe::failed_in_passing(reply)) return false;
  // An address that neither answers ping nor HTTP is offline; asking twice would only make a dead
  // fleet slow.
  return answered_ping_ || speaks_http_;
}

Action DeviceProbe::call_again(const Waited&) {
  return transmit();
}

Action DeviceProbe::look_again() {
  next_ = &DeviceProbe::looked_again;
  return Call{rpc::get_device_info().target, {}, policy_.config.timeouts.rpc, {}};
}

Action DeviceProbe::looked_again(const Reply& reply) {
  if (right_device(reply)) {
    identity_is_old_ = false;
    return transmit();
  }
  // Nothing was written, and what is recorded of the name stays.
  if (reader_ == &DeviceProbe::name_written) result_.friendly_status.reset();
  update_called_ = false;
  return done();
}

}  // namespace stage3
