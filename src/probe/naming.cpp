#include "probe/naming.hpp"

#include "base/name.hpp"
#include "probe/checking.hpp"
#include "probe/recognition.hpp"
#include "probe/reply.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

namespace {

/// What either answer that has the name says of it, and whose it is; nothing if it cannot be read.
struct Heard {
  rpc::NameInAnswer name;
  std::optional<Mac> mac;
};

template <class T>
Heard heard_in(const rpc::Answer<T>& answer) {
  const T* readable = std::get_if<T>(&answer);
  return readable != nullptr ? Heard{readable->name, readable->mac} : Heard{};
}

}  // namespace

Action Naming::end_with(FriendlyStatus status) {
  result().friendly_status = status;
  return next_.begin();
}

Action Naming::begin() {
  const auto& friendly = config().friendly;
  if (!friendly.enabled) return end_with(FriendlyStatus::skipped);
  const WantedName& wanted = result().device.wanted_name;
  if (wanted.kind == WantedName::Kind::not_a_string) {
    conversation().fail(Part::friendly, Cause::bad_value, friendly.field_name + " is not a string");
    return end_with(FriendlyStatus::error);
  }
  result().wanted_name = normalise_name(wanted.text, friendly.max_length);
  if (result().wanted_name.empty()) return end_with(FriendlyStatus::no_value);
  if (conversation().peer->tells_name) return decide();
  return ask(rpc::get_sys_config(), {this, &Naming::name_read});
}

Action Naming::name_read(const Reply& reply) {
  if (!succeeded(reply)) return decide();
  const auto [name, mac] = heard_in(rpc::read_sys_config(reply.body));
  if (mac && !conversation().is_expected(*mac)) return stranger(*mac);
  if (name.is_given) result().device_name = name.name;
  return decide();
}

Action Naming::decide() {
  const bool backfill = config().friendly.backfill;
  const std::optional<std::string>& current = result().device_name;
  if (current == result().wanted_name) return end_with(FriendlyStatus::ok);
  if (backfill && current && !current->empty()) return end_with(FriendlyStatus::ok);
  if (conversation().login_failed) return end_with(FriendlyStatus::error);
  if (backfill && !current) {
    conversation().fail(Part::friendly, Cause::name_unknown, "name cannot be read");
    return end_with(FriendlyStatus::error);
  }
  return write();
}

Action Naming::write() {
  if (policy().dry_run) {
    note_change();
    return end_with(FriendlyStatus::ok);
  }
  return tell(rpc::set_device_name(result().wanted_name, conversation().peer->parameters),
              {this, &Naming::written});
}

void Naming::note_change() {
  result().name_changed = true;
  result().previous_name = result().device_name;
}

Action Naming::written(const Reply& reply) {
  if (!succeeded(reply)) {
    // Without an answer the device may have taken the name all the same.
    if (reply.failure || !is_status(reply.status)) result().device_name.reset();
    conversation().fail(Part::friendly, reply);
    return end_with(FriendlyStatus::error);
  }
  note_change();
  return ask(conversation().peer->tells_name ? rpc::get_device_info() : rpc::get_sys_config(),
             {this, &Naming::read_back});
}

Action Naming::read_back(const Reply& reply) {
  result().device_name.reset();
  if (!succeeded(reply)) return end_with(FriendlyStatus::ok);
  const auto [name, mac] = conversation().peer->tells_name
                               ? heard_in(rpc::read_device_info(reply.body))
                               : heard_in(rpc::read_sys_config(reply.body));
  if (mac && !conversation().is_expected(*mac)) {
    result().friendly_status = FriendlyStatus::error;
    return stranger(*mac);
  }
  if (!name.is_given) return end_with(FriendlyStatus::ok);
  result().device_name = name.name;
  if (name.name == result().wanted_name) return end_with(FriendlyStatus::ok);
  conversation().fail(Part::friendly, Cause::name_mismatch,
                      "device kept the name \"" + name.name + "\"");
  return end_with(FriendlyStatus::error);
}

Action Naming::stranger(const Mac& found) {
  meet_stranger(conversation(), found);
  return done();
}

}  // namespace stage3::probe
