#include "probe/awaiting.hpp"

#include <algorithm>
#include <utility>

#include "probe/identity.hpp"
#include "probe/reply.hpp"

namespace stage3::probe {

namespace {

/// Clocks that count whole seconds, and an answer's way, make as much of a difference.
constexpr Duration kTolerance = std::chrono::seconds(2);

Duration seconds(std::int64_t count) {
  return std::chrono::seconds(count);
}

}  // namespace

Action Awaiting::begin() {
  sent_ = conversation().now.steady;
  deadline_ = sent_ + config().ota.deadline;
  return leave(config().ota.quiet);
}

Action Awaiting::join() {
  const Moment& now = conversation().now;
  sent_ = now.steady - seconds(now.utc - conversation().update.record.sent_at);
  deadline_ = sent_ + config().ota.deadline;
  return leave(config().ota.poll);
}

Action Awaiting::give_up() {
  conversation().update.is_away = false;
  result().ota_status = OtaStatus::update_available;
  const std::string& doubt = conversation().update.record.error;
  if (!doubt.empty()) conversation().fail(Part::ota, Cause::no_answer, doubt);
  return done();
}

/// A login after the reboot is a new one.
Action Awaiting::leave(Duration time) {
  conversation().update.is_away = true;
  return exchange().stay_away(time, {this, &Awaiting::look});
}

Action Awaiting::look(const Waited& /*event*/) {
  rpc::Request request = rpc::get_device_info();
  request.patience = rpc::Patience::probing;
  return exchange().ask_once(std::move(request), {this, &Awaiting::looked});
}

/// Whoever else is at the address now: the device will show itself there, or nowhere in time.
Action Awaiting::looked(const Reply& reply) {
  if (!succeeded(reply)) return still_away();
  const auto answer = rpc::read_device_info(reply.body);
  const auto* info = std::get_if<rpc::DeviceInfo>(&answer);
  if (info == nullptr || info->is_gen1 || !conversation().is_expected(info->mac))
    return still_away();
  first_.note(*info);
  seen_ = what_is_seen(conversation().update.record, info->ver, info->fw_id);
  if (seen_ == Seen::other) return end(UpdateState::other, conversation().now.utc);
  return exchange().ask_once(rpc::get_sys_status(), {this, &Awaiting::status_read});
}

Action Awaiting::status_read(const Reply& reply) {
  std::optional<std::int64_t> uptime;
  if (succeeded(reply)) {
    const auto answer = rpc::read_sys_status(reply.body);
    if (const auto* status = std::get_if<rpc::SysStatus>(&answer)) uptime = status->uptime;
  }
  return came_back(uptime);
}

Action Awaiting::came_back(std::optional<std::int64_t> uptime) {
  if (seen_ == Seen::target) return has_target(uptime);
  // The old version goes on while the new one is fetched; a reboot shows that it is not coming.
  const Duration since_sent = conversation().now.steady - sent_;
  const bool has_rebooted = uptime && seconds(*uptime) + kTolerance < since_sent;
  if (has_rebooted || is_late()) return end(UpdateState::unchanged, conversation().now.utc);
  return leave(config().ota.poll);
}

Action Awaiting::has_target(std::optional<std::int64_t> uptime) {
  const Moment& now = conversation().now;
  if (settling_ && uptime) {
    const Duration expected = seconds(settling_->uptime) + (now.steady - settling_->since);
    if (seconds(*uptime) + kTolerance < expected) return end(UpdateState::unstable, now.utc);
  }
  if (!settling_ && uptime && config().ota.settle > Duration::zero()) {
    settling_ = Settling{now.steady, *uptime};
    return leave(config().ota.settle);
  }
  return end(UpdateState::updated, now.utc == 0 ? 0 : now.utc - uptime.value_or(0));
}

Action Awaiting::still_away() {
  if (!is_late()) return leave(std::min(config().ota.poll, deadline_ - conversation().now.steady));
  return end(settling_ ? UpdateState::unstable : UpdateState::lost, 0);
}

Action Awaiting::end(UpdateState state, std::int64_t ended_at) {
  conversation().update.is_away = false;
  settling_.reset();
  if (state != UpdateState::lost) ++conversation().update.returned;
  conversation().end_update(state, ended_at);
  if (state == UpdateState::updated) return first_.begin_anew();
  result().ota_status = state == UpdateState::lost ? OtaStatus::offline : OtaStatus::error;
  return done();
}

}  // namespace stage3::probe
