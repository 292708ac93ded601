#include "probe/identity.hpp"

#include <strings.h>

#include <utility>

#include "probe/awaiting.hpp"
#include "probe/naming.hpp"
#include "probe/recognition.hpp"
#include "probe/reply.hpp"
#include "probe/version_order.hpp"

namespace stage3::probe {

namespace {

/// Firmware before 1.0.2 computes the login digest without the query. The date is that of 0.14.1: a
/// build that has no number and is older belongs to them.
bool ignores_query_in_digest(const rpc::DeviceInfo& info) {
  const auto order =
      FirmwareVersion::compare({info.ver, info.fw_id}, {"1.0.2", "20230308-091102/0.14.1"});
  return order && *order < 0;
}

/// `shellyplus1-a8032abe54dc` names A8032ABE54DC; a Wall Display writes it in capitals.
bool names(const std::string& id, const Mac& mac) {
  const std::string digits = mac.to_string();
  return id.size() > digits.size() &&
         ::strcasecmp(id.c_str() + id.size() - digits.size(), digits.c_str()) == 0;
}

}  // namespace

// --- 1. Reachable?

Action Identity::start(const Started& event) {
  exchange().take_random(event.random);
  conversation().route = Route(result().device, config());
  const std::string& defect = result().device.defect;
  const std::string unusable = defect.empty() ? conversation().route.contradiction() : defect;
  if (unusable.empty()) return exchange().ping({this, &Identity::pinged});
  conversation().fail(Part::entry, Cause::bad_value, unusable);
  result().ota_status = OtaStatus::error;
  return done();
}

Action Identity::pinged(const Pinged& event) {
  if (event.alive) conversation().life_sign = LifeSign::ping;
  return ask(who_are_you(), {this, &Identity::identified});
}

/// What has shown no sign of life is not waited for as long as all else.
rpc::Request Identity::who_are_you() {
  rpc::Request request = rpc::get_device_info();
  if (conversation().life_sign == LifeSign::none) request.patience = rpc::Patience::probing;
  return request;
}

Action Identity::offline(const Reply& reply) {
  const Route& route = conversation().route;
  if (conversation().life_sign == LifeSign::ping) {
    // Who guesses at TLS has been refused before.
    const bool is_both = route.is_guess() && reply.failure != Cause::refused;
    const bool is_https = route.is_tls() && !route.is_guess();
    conversation().fail(Part::reach, reply,
                        is_both    ? "answers ping, not HTTP: connection refused, nor HTTPS: "
                        : is_https ? "answers ping, not HTTPS: "
                                   : "answers ping, not HTTP: ");
  }
  result().ota_status = OtaStatus::offline;
  return not_there(reply);
}

/// Silent, or another one, or without an identity: so looks a device that is being updated.
Action Identity::not_there(const Reply& reply) {
  if (!succeeded(reply) && !failed_in_passing(reply)) return done();
  conversation().see(Seen::nothing);
  if (!conversation().waits_for_update()) return done();
  // Whoever is there instead is told if nothing more is seen; nobody says nothing.
  conversation().forget_errors({Part::reach});
  if (failed_in_passing(reply) && !lacks_tls(conversation(), reply))
    conversation().forget_errors({Part::identity});
  return awaiting_.join();
}

// --- 2. The right one?

Action Identity::identified(const Reply& reply) {
  const bool has_answered = conversation().life_sign == LifeSign::http;
  const auto turn = conversation().route.follow(reply, result().device.address, has_answered);
  switch (turn) {
    case Route::Turn::none:
      return asked(reply);
    case Route::Turn::over:
      // Who answers there is not known yet.
      conversation().peer.reset();
      return ask(who_are_you(), {this, &Identity::asked});
    case Route::Turn::guess:
      return exchange().ask_once(who_are_you(), {this, &Identity::asked});
    case Route::Turn::forbidden:
    case Route::Turn::elsewhere:
      tell_no_way(conversation(), turn);
      return done();
  }
  return done();
}

Action Identity::asked(const Reply& reply) {
  if (lacks_tls(conversation(), reply)) {
    tell_no_tls(conversation(), reply);
    return not_there(reply);
  }
  if (conversation().life_sign != LifeSign::http && is_silence(reply)) return offline(reply);
  // Gen1 knows no /rpc; where it wants a login, for which Gen2 never asks here, it says 401 first.
  if (!reply.failure && (reply.status == 404 || reply.status == 401))
    return ask(rpc::get_shelly(), {this, &Identity::introduced});
  return introduced(reply);
}

Action Identity::introduced(const Reply& reply) {
  const auto info = recognise(conversation(), reply);
  if (!info) return not_there(reply);
  note(*info);
  const UpdateState before = conversation().update.record().state;
  conversation().see(what_is_seen(conversation().update.record(), info->ver, info->fw_id));
  const UpdateState after = conversation().update.record().state;
  // Since when, says the time that it has run.
  if (after == UpdateState::updated && before != after)
    return exchange().ask_once(rpc::get_sys_status(), {this, &Identity::runs_update});
  return next_.begin();
}

Action Identity::runs_update(const Reply& reply) {
  const auto uptime = status_in(reply).uptime;
  UpdateRecord record = conversation().update.record();
  if (uptime && record.ended_at != 0) {
    record.ended_at -= *uptime;
    conversation().update.take(std::move(record));
  }
  return next_.begin();
}

/// What was found before the update counts no more.
Action Identity::begin_anew() {
  conversation().forget_errors({Part::ota, Part::friendly, Part::reach});
  result().ota_status.reset();
  result().friendly_status.reset();
  result().device_name.reset();
  result().update.clear();
  result().update_build.clear();
  return ask(rpc::get_device_info(), {this, &Identity::identified});
}

void Identity::note(const rpc::DeviceInfo& info) {
  const bool is_old = info.auth_en && ignores_query_in_digest(info);
  conversation().peer = Peer{names(info.id, info.mac), info.name.is_given,
                             is_old ? rpc::Parameters::in_body : rpc::Parameters::in_query};
  // Logins are made for an id.
  if (info.id != result().id) exchange().forget_login();
  if (info.auth_en) exchange().expect_login();
  result().id = info.id;
  result().app = info.app;
  result().fw = info.ver;
  result().fw_id = info.fw_id;
  if (info.name.is_given) result().device_name = info.name.name;
  conversation().route.confirm();
  result().tls = conversation().route.pin();
  result().certificate = conversation().route.certificate();
  result().tls_key_changed = conversation().route.has_taken_key();
}

}  // namespace stage3::probe
