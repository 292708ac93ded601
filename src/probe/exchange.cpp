#include "probe/exchange.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "probe/recognition.hpp"
#include "probe/reply.hpp"

namespace stage3::probe {

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

template <class Event>
constexpr bool kTellsTime = std::is_same_v<Event, Started> || std::is_same_v<Event, Reply> ||
                            std::is_same_v<Event, Waited> || std::is_same_v<Event, Granted>;

}  // namespace

template <class Event>
Action Exchange::on(const Event& event) {
  if (is_over()) return Done{};
  if constexpr (kTellsTime<Event>)
    if (event.now.steady != Duration::zero()) conversation_.now = event.now;
  const auto* pending = std::get_if<Step<Event>>(&next_);
  is_away_ = false;
  if (pending == nullptr) return out_of_order();
  if constexpr (std::is_same_v<Event, Reply>) return read(*pending, event);
  return (*pending)(event);
}

template Action Exchange::on(const Started&);
template Action Exchange::on(const Pinged&);
template Action Exchange::on(const Reply&);
template Action Exchange::on(const Waited&);
template Action Exchange::on(const Granted&);

Action Exchange::on(const Postponed&) {
  if (is_over()) return Done{};
  if (!is_pending() || !request_.writes()) return out_of_order();
  if (is_starting_work()) {
    // What was written down of it before would not be true later.
    Reply postponed;
    postponed.unsent = true;
    return reader_(postponed);
  }
  conversation_.identity_is_old = true;
  return transmit();
}

Action Exchange::out_of_order() {
  conversation_.fail(Part::entry, Cause::local, "the conversation was driven out of order");
  conversation_.result.ota_status = OtaStatus::error;
  return done();
}

// --- Verbs

Action Exchange::ping(Step<Pinged> next) {
  next_ = next;
  return Ping{conversation_.policy.config.timeouts.ping};
}

Action Exchange::ask(rpc::Request request, Step<Reply> next) {
  STAGE3_ASSERT(!request.writes());
  repeatable_ = true;
  return send(std::move(request), next);
}

Action Exchange::ask_once(rpc::Request request, Step<Reply> next) {
  STAGE3_ASSERT(!request.writes());
  repeatable_ = false;
  return send(std::move(request), next);
}

Action Exchange::tell(rpc::Request request, Step<Reply> next) {
  STAGE3_ASSERT(request.writes());
  repeatable_ = false;
  return send(std::move(request), next);
}

Action Exchange::wait(Duration time, Step<Waited> next) {
  next_ = next;
  return Wait{time};
}

/// A login after the reboot is a new one, and whoever is there then is not known.
Action Exchange::stay_away(Duration time, Step<Waited> next) {
  login_.forget();
  back_off_ = BackOff::none;
  request_ = {};
  conversation_.peer.reset();
  next_ = next;
  is_away_ = true;
  return Wait{time, true};
}

void Exchange::resume(const Rest& rest, Step<Waited> next) {
  login_.take_random(rest.random);
  if (rest.is_login_wanted) login_.expect();
  has_written_ = rest.has_written;
  next_ = next;
  is_away_ = true;
}

Action Exchange::permit(Permit permit, Step<Granted> next) {
  next_ = next;
  return permit;
}

Action Exchange::done() {
  conversation_.conclude();
  stop();
  return Done{};
}

void Exchange::stop() {
  next_ = Over{};
}

// --- Sending and the replies' common treatment

Duration Exchange::time_limit(rpc::Patience patience) const {
  const Config& config = conversation_.policy.config;
  switch (patience) {
    case rpc::Patience::probing:
      return config.timeouts.reach;
    case rpc::Patience::ota:
      return config.ota.timeout;
    case rpc::Patience::rpc:
      break;
  }
  return config.timeouts.rpc;
}

Action Exchange::send(rpc::Request&& request, Step<Reply> next) {
  std::swap(request_, request);  // assigned, a text would keep the room of a longer one before
  time_limit_ = time_limit(request_.patience);
  reader_ = next;
  return transmit();
}

Call Exchange::call_for(const rpc::Request& request, Duration timeout) const {
  Call call;
  call.target = request.target();
  call.body = request.body();
  call.timeout = timeout;
  call.writes = request.writes();
  call.method = request.method;
  call.parameters = request.parameters;
  call.tls = conversation_.route.tls(conversation_.policy.config.timeouts.tls);
  return call;
}

/// The pending call, with a login of its own if one was wanted before. What writes goes only to
/// a device that has said a moment ago who it is.
Action Exchange::transmit() {
  if (request_.writes() && conversation_.identity_is_old) return look_again();
  STAGE3_ASSERT(!request_.writes() || conversation_.peer);
  STAGE3_ASSERT(!request_.writes() || !conversation_.policy.dry_run);
  Call call = call_for(request_, time_limit_);
  has_login_ = login_.is_made() && request_.access == rpc::Access::may_want_login;
  if (has_login_)
    call.authorization = login_.authorize(call.body.empty() ? "GET" : "POST", call.target);
  next_ = Step<Reply>(this, &Exchange::replied);
  return call;
}

Action Exchange::replied(const Reply& reply) {
  note(reply);
  // A login that was turned away goes out no more, whatever became of the rest of the answer.
  if (reply.failure && reply.status == 401 && has_login_)
    return give_up({Cause::login_refused, "login refused"}, reply);
  const bool is_for_login = !reply.failure && !conversation_.login_failed &&
                            request_.access == rpc::Access::may_want_login;
  if (is_for_login && reply.status == 401) return challenged(reply);
  // Where no login was ever wanted it is no lock-out but a refusal, and what writes is not sent
  // again.
  if (is_for_login && reply.status == 429 && (repeatable_ || login_.may_be_wanted()))
    return refused_for_logins(reply);
  if (is_worth_repeating(reply)) return repeat(reply);
  has_written_ = has_written_ || request_.writes();
  return reader_(reply);
}

/// What each reply shows, whatever it says.
void Exchange::note(const Reply& reply) {
  if (reply.status != 0) conversation_.life_sign = LifeSign::http;
  const bool is_answer = is_status(reply.status) && !reply.failure;
  if (has_login_ && is_answer && reply.status != 401 && reply.status != 429) login_.accept();
}

bool Exchange::is_worth_repeating(const Reply& reply) const {
  if (!repeatable_ || !failed_in_passing(reply)) return false;
  // An address that neither answers ping nor HTTP is offline; asking twice would only make a dead
  // fleet slow.
  return conversation_.life_sign != LifeSign::none;
}

Action Exchange::repeat(const Reply& reply) {
  repeatable_ = false;
  conversation_.identity_is_old = true;
  // What answered once deserves the patience of any other call.
  if (reply.status != 0) time_limit_ = std::max(time_limit_, time_limit(rpc::Patience::rpc));
  return wait(pause_for(conversation_.result.device.mac), {this, &Exchange::call_again});
}

Action Exchange::call_again(const Waited&) {
  return transmit();
}

Action Exchange::look_again() {
  next_ = Step<Reply>(this, &Exchange::looked_again);
  return call_for(rpc::get_device_info(), time_limit(rpc::Patience::rpc));
}

Action Exchange::looked_again(const Reply& reply) {
  return recognise(conversation_, reply) ? transmit() : done();
}

// --- Logins

Action Exchange::challenged(const Reply& reply) {
  const auto refusal = login_.answer(reply, has_login_);
  return refusal ? give_up(*refusal, reply) : transmit();
}

Action Exchange::give_up(const Login::Refusal& refusal, const Reply& reply) {
  conversation_.fail_login();
  login_.drop();
  conversation_.fail(Part::auth, refusal.cause, refusal.words);
  conversation_.result.errors.back().http_status = reply.status;
  return reader_(reply);
}

// --- What the pending call comes to if nobody waits for it

bool Exchange::is_pending() const {
  const auto* step = std::get_if<Step<Reply>>(&next_);
  return step != nullptr && step->is(&Exchange::replied);
}

bool Exchange::has_written(bool call_may_have_left) const {
  return has_written_ || (call_may_have_left && request_.writes() && is_pending());
}

/// Not while a refused one waits, or asks for a challenge, to be sent again.
bool Exchange::is_starting_work() const {
  return request_.effect == rpc::Effect::starts_work && is_pending();
}

void Exchange::stop_waiting() {
  Reply none;
  none.failure = Cause::timeout;
  reader_(none);
}

}  // namespace stage3::probe
