// Does the device carry its name?

#include "probe/name.hpp"
#include "probe/reply.hpp"
#include "rpc/answers.hpp"
#include "rpc/requests.hpp"

namespace stage3 {

namespace {

/// What either answer that has the name tells of it, and whose it is; nothing if it cannot be read.
struct Told {
  rpc::TellsName name;
  std::optional<Mac> mac;
};

template <class T>
Told told_by(const rpc::Answer<T>& answer) {
  const T* readable = std::get_if<T>(&answer);
  return readable != nullptr ? Told{readable->name, readable->mac} : Told{};
}

}  // namespace

Action DeviceProbe::sync_name() {
  const auto& friendly = policy_.config.friendly;
  if (!friendly.enabled) {
    result_.friendly_status = FriendlyStatus::skipped;
    return check_for_update();
  }
  const WantedName& wanted = result_.device.wanted_name;
  if (wanted.kind == WantedName::Kind::not_a_string) {
    fail(Part::friendly, Cause::bad_value, friendly.field_name + " is not a string");
    result_.friendly_status = FriendlyStatus::error;
    return check_for_update();
  }
  result_.wanted_name = probe::normalise_name(wanted.text, friendly.max_length);
  if (result_.wanted_name.empty()) {
    result_.friendly_status = FriendlyStatus::no_value;
    return check_for_update();
  }
  if (name_in_info_) return decide_name();
  return ask(rpc::get_sys_config(), policy_.config.timeouts.rpc, &DeviceProbe::name_read);
}

Action DeviceProbe::name_read(const Reply& reply) {
  if (!probe::succeeded(reply)) return decide_name();
  const auto answer = rpc::read_sys_config(reply.body);
  if (const auto* config = std::get_if<rpc::SysConfig>(&answer)) {
    if (config->mac && !is_expected(*config->mac)) return wrong_device(*config->mac);
    if (config->name.told) result_.device_name = config->name.name;
  }
  return decide_name();
}

Action DeviceProbe::decide_name() {
  const bool backfill = policy_.config.friendly.backfill;
  const std::optional<std::string>& current = result_.device_name;
  result_.friendly_status = FriendlyStatus::ok;
  if (current == result_.wanted_name) return check_for_update();
  if (backfill && current && !current->empty()) return check_for_update();
  if (login_failed_ || (backfill && !current)) {
    if (!login_failed_) fail(Part::friendly, Cause::name_unknown, "name cannot be read");
    result_.friendly_status = FriendlyStatus::error;
    return check_for_update();
  }
  return write_name();
}

Action DeviceProbe::write_name() {
  if (policy_.dry_run) {
    note_change();
    return check_for_update();
  }
  return tell(rpc::set_device_name(result_.wanted_name, parameters_), policy_.config.timeouts.rpc,
              &DeviceProbe::name_written);
}

void DeviceProbe::note_change() {
  result_.name_changed = true;
  result_.previous_name = result_.device_name;
}

Action DeviceProbe::name_written(const Reply& reply) {
  if (!probe::succeeded(reply)) {
    // Without an answer the device may have taken the name all the same.
    if (reply.failure || !probe::is_status(reply.status)) result_.device_name.reset();
    fail(Part::friendly, reply);
    result_.friendly_status = FriendlyStatus::error;
    return check_for_update();
  }
  note_change();
  const auto read = name_in_info_ ? rpc::get_device_info() : rpc::get_sys_config();
  return ask(read, policy_.config.timeouts.rpc, &DeviceProbe::name_read_back);
}

Action DeviceProbe::name_read_back(const Reply& reply) {
  result_.device_name.reset();
  if (!probe::succeeded(reply)) return check_for_update();
  const auto [name, mac] = name_in_info_ ? told_by(rpc::read_device_info(reply.body))
                                         : told_by(rpc::read_sys_config(reply.body));
  if (mac && !is_expected(*mac)) {
    result_.friendly_status = FriendlyStatus::error;
    return wrong_device(*mac);
  }
  if (!name.told) return check_for_update();
  result_.device_name = name.name;
  if (name.name != result_.wanted_name) {
    fail(Part::friendly, Cause::name_mismatch, "device kept the name \"" + name.name + "\"");
    result_.friendly_status = FriendlyStatus::error;
  }
  return check_for_update();
}

}  // namespace stage3
