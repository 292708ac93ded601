#include "probe/awaiting.hpp"

#include <algorithm>
#include <utility>

#include "probe/identity.hpp"
#include "probe/recognition.hpp"
#include "probe/reply.hpp"

namespace stage3::probe {

namespace {

/// Clocks that count whole seconds make as much of a difference.
constexpr Duration kTolerance = std::chrono::seconds(2);

Duration seconds(std::int64_t count) {
  return std::chrono::seconds(count);
}

}  // namespace

void Awaiting::resume(const State& state, const Exchange::Rest& rest) {
  state_ = state;
  exchange().resume(rest, {this, &Awaiting::look});
}

Action Awaiting::begin() {
  state_.deadline.reset();
  state_.may_have_rebooted = false;
  return leave(config().ota.quiet);
}

Action Awaiting::join() {
  const Moment& now = conversation().now;
  const std::int64_t age = now.utc == 0 ? 0 : now.utc - conversation().update.record().sent_at;
  state_.deadline = now.steady - seconds(age) + config().ota.deadline;
  state_.may_have_rebooted = true;
  return poll_again();
}

Action Awaiting::give_up() {
  result().ota_status = OtaStatus::update_available;
  const UpdateRecord& record = conversation().update.record();
  if (result().update.empty()) {
    result().update = record.to;
    result().update_build = record.build;
  }
  if (!record.error.empty()) conversation().fail(Part::ota, Cause::no_answer, record.error);
  return done();
}

/// A login after the reboot is a new one.
Action Awaiting::leave(Duration time) {
  conversation().update.is_away = true;
  state_.due = conversation().now.steady + time;
  if (state_.least_uptime) *state_.least_uptime += time;
  return exchange().stay_away(time, {this, &Awaiting::look});
}

Action Awaiting::poll_again() {
  const Duration left = *state_.deadline - conversation().now.steady;
  return leave(std::clamp(left, Duration::zero(), config().ota.poll));
}

/// Who is not told the time counts what was waited.
Action Awaiting::look(const Waited& /*event*/) {
  Moment& now = conversation().now;
  now.steady = std::max(now.steady, state_.due);
  if (!state_.deadline) state_.deadline = now.steady - config().ota.quiet + config().ota.deadline;
  conversation().route.begin_anew(result().device, config());
  return ask_who({this, &Awaiting::looked});
}

Action Awaiting::ask_who(Step<Reply> next) {
  rpc::Request request = rpc::get_device_info();
  request.patience = rpc::Patience::probing;
  return exchange().ask_once(std::move(request), next);
}

/// By which way it was asked before it rebooted says nothing of the way now.
Action Awaiting::looked(const Reply& reply) {
  constexpr bool kHasAnswered = false;
  const auto turn = conversation().route.follow(reply, result().device.address, kHasAnswered);
  switch (turn) {
    case Route::Turn::none:
      return answered(reply);
    case Route::Turn::over:
    case Route::Turn::guess:
      return ask_who({this, &Awaiting::answered});
    case Route::Turn::forbidden:
    case Route::Turn::elsewhere:
      conversation().forget_errors({Part::identity});
      tell_no_way(conversation(), turn);
      return still_away(reply);
  }
  return still_away(reply);
}

Action Awaiting::answered(const Reply& reply) {
  if (reply.failure == Cause::local) return still_away(reply);
  const bool has_no_tls = lacks_tls(conversation(), reply);
  if (failed_in_passing(reply) && !has_no_tls) return still_away(reply);
  // What was seen last is told of one that is lost.
  conversation().forget_errors({Part::identity});
  if (has_no_tls) tell_no_tls(conversation(), reply);
  const auto info = has_no_tls ? std::nullopt : recognise(conversation(), reply);
  if (!info) return still_away(reply);
  state_.seen = what_is_seen(conversation().update.record(), info->ver, info->fw_id);
  if (state_.seen == Seen::nothing) return still_away(reply);
  first_.note(*info);
  conversation().note_sight(state_.seen);
  if (state_.seen == Seen::other) return end(UpdateState::other, conversation().now.utc);
  // Each question with a login would cost one of the device's few nonces.
  const bool is_worth_it = state_.seen == Seen::target || !exchange().is_login_wanted();
  if (!std::exchange(state_.may_have_rebooted, false) && !is_worth_it)
    return came_back(std::nullopt);
  return exchange().ask_once(rpc::get_sys_status(), {this, &Awaiting::status_read});
}

Action Awaiting::status_read(const Reply& reply) {
  return came_back(status_in(reply).uptime);
}

Duration Awaiting::since_send() {
  return conversation().now.steady - (*state_.deadline - config().ota.deadline);
}

Action Awaiting::came_back(std::optional<std::int64_t> uptime) {
  if (state_.seen == Seen::target) return has_target(uptime);
  // The old version goes on while the new one is fetched; a reboot shows that it is not coming.
  const bool has_rebooted =
      state_.least_uptime || (uptime && seconds(*uptime) + kTolerance < since_send());
  if (has_rebooted || is_late()) return end(UpdateState::unchanged, conversation().now.utc);
  return poll_again();
}

Action Awaiting::has_target(std::optional<std::int64_t> uptime) {
  const Moment& now = conversation().now;
  if (state_.least_uptime && uptime && seconds(*uptime) + kTolerance < *state_.least_uptime)
    return end(UpdateState::unstable, now.utc);
  if (!state_.least_uptime && uptime && config().ota.settle > Duration::zero()) {
    state_.least_uptime = seconds(*uptime);
    // It has come back in time, and is given as much again for what may follow.
    state_.deadline = now.steady + config().ota.settle + config().ota.deadline;
    return leave(config().ota.settle);
  }
  return end(UpdateState::updated, now.utc == 0 ? 0 : now.utc - uptime.value_or(0));
}

/// Whoever else is at the address now: the device will show itself there, or nowhere in time. Where
/// this machine could not ask, nobody has seen that it is lost.
Action Awaiting::still_away(const Reply& reply) {
  state_.may_have_rebooted = true;
  if (!is_late()) return poll_again();
  if (reply.failure != Cause::local) return end(UpdateState::lost, 0);
  conversation().fail(Part::ota, reply);
  result().ota_status = OtaStatus::error;
  return done();
}

Action Awaiting::end(UpdateState state, std::int64_t ended_at) {
  conversation().update.is_away = false;
  state_.least_uptime.reset();
  if (state != UpdateState::lost) ++conversation().update.returned;
  conversation().end_update(state, ended_at);
  if (state == UpdateState::updated) return first_.begin_anew();
  const bool is_silent = state == UpdateState::lost && !conversation().has_error(Part::identity);
  result().ota_status = is_silent ? OtaStatus::offline : OtaStatus::error;
  return done();
}

}  // namespace stage3::probe
