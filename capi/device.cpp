#include "device.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <stage3/text.hpp>
#include <string>

#include "guard.hpp"
#include "structs.hpp"
#include "words.hpp"

namespace stage3::capi {
namespace {

const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

std::string or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

WantedName to_wanted_name(const stage3_device& device) {
  if ((device.flags & STAGE3_DEVICE_BAD_WANTED_NAME) != 0)
    return {WantedName::Kind::not_a_string, {}};
  if (device.wanted_name == nullptr) return {};
  return {WantedName::Kind::text, device.wanted_name};
}

/// What makes a device usable.
void set_identity(const stage3_device& from, Device& device) {
  device.mac = to_mac(from.mac, "device: mac");
  for (size_t i = 0; i < from.alias_count; ++i)
    device.aliases.push_back(to_mac((&deref(from.aliases, "device: aliases"))[i], "device: alias"));
  const auto address = stage3::Address::parse(text(from.address, "device: address"));
  if (!address)
    refuse("device: address: '" + stage3::escape(from.address) + "' " +
           stage3::explain_address(from.address));
  device.address = *address;
}

template <class Enum>
int or_none(const std::optional<Enum>& status) {
  return status ? to_c(*status) : 0;
}

/// Its texts are the record's.
stage3_on_record view_of(const OnRecord& from) {
  stage3_on_record on_record = STAGE3_ON_RECORD_INIT;
  on_record.ota_status = or_none(from.ota_status);
  on_record.friendly_status = or_none(from.friendly_status);
  on_record.last_run = from.last_run;
  on_record.last_seen = from.last_seen;
  on_record.fw = or_null(from.fw);
  on_record.update = or_null(from.update);
  on_record.device_name = from.device_name ? from.device_name->c_str() : nullptr;
  on_record.error = or_null(from.error);
  on_record.fw_id = or_null(from.fw_id);
  on_record.app = or_null(from.app);
  on_record.update_build = or_null(from.update_build);
  on_record.error_id = or_null(from.error_id);
  on_record.failing_since = from.failing_since;
  return on_record;
}

template <class Enum>
void set_status(std::optional<Enum>& status, int value, const char* what) {
  if (value == 0) return;
  if (*stage3::to_string(from_c<Enum>(value)) == '\0')
    refuse(std::string("device: on_record: ") + what + ": no such value");
  status = from_c<Enum>(value);
}

/// `from` is a struct with a key and a port; `what` names it in messages.
template <class Struct>
std::optional<TlsPin> to_pin(const Struct& from, const std::string& what) {
  // What stage3_result_tls_key() says of a device without one.
  if (or_empty(from.tls_key).empty() && from.tls_port == 0) return std::nullopt;
  const auto key = KeyHash::parse(or_empty(from.tls_key));
  if (!key)
    refuse(what + ": tls_key: '" + stage3::escape(or_empty(from.tls_key)) +
           "' is not like sha256//, with 44 characters of base64");
  if (from.tls_port < 1 || from.tls_port > 65535) refuse(what + ": tls_port must be 1 to 65535");
  return TlsPin{static_cast<std::uint16_t>(from.tls_port), *key};
}

std::shared_ptr<const UpdateRecord> to_ota(const stage3_update_record* pointer) {
  if (pointer == nullptr) return nullptr;
  UpdateRecord record = to_update_record(pointer, "device: on_record: ota");
  if (record.state == UpdateState::none) return nullptr;
  return std::make_shared<const UpdateRecord>(std::move(record));
}

std::shared_ptr<const OnRecord> to_on_record(const stage3_on_record* pointer) {
  if (pointer == nullptr) return nullptr;
  const stage3_on_record from = read_struct(pointer, "device: on_record");
  if (from.reserved != 0 || from.reserved_2 != 0)
    refuse("device: on_record: reserved and reserved_2 must be 0");
  auto on_record = std::make_shared<OnRecord>();
  set_status(on_record->ota_status, from.ota_status, "ota_status");
  set_status(on_record->friendly_status, from.friendly_status, "friendly_status");
  on_record->last_run = from.last_run;
  on_record->last_seen = from.last_seen;
  on_record->fw = or_empty(from.fw);
  on_record->update = or_empty(from.update);
  if (from.device_name != nullptr) on_record->device_name = from.device_name;
  on_record->error = or_empty(from.error);
  on_record->tls = to_pin(from, "device: on_record");
  on_record->fw_id = or_empty(from.fw_id);
  on_record->app = or_empty(from.app);
  on_record->update_build = or_empty(from.update_build);
  on_record->ota = to_ota(from.ota);
  on_record->error_id = or_empty(from.error_id);
  on_record->failing_since = from.failing_since;
  return on_record;
}

}  // namespace

/// A record without its version or its time would be one that nobody can go by.
UpdateRecord to_update_record(const stage3_update_record* pointer, const char* what) {
  const stage3_update_record from = read_struct(pointer, what);
  const auto refuse_it = [what](const char* why) { refuse(std::string(what) + ": " + why); };
  if (from.reserved != 0 || from.reserved_2 != 0) refuse_it("reserved and reserved_2 must be 0");
  if (from.tls_key_changed > 1) refuse_it("tls_key_changed must be 0 or 1");
  if (from.state < STAGE3_UPDATE_NONE || from.state > STAGE3_UPDATE_UNREADABLE)
    refuse_it("state: no such value");
  if (from.attempts < 0) refuse_it("attempts must not be negative");
  UpdateRecord record;
  record.state = static_cast<UpdateState>(from.state);
  if (record.state == UpdateState::none || record.state == UpdateState::unreadable) return record;
  record.from = or_empty(from.from);
  record.to = or_empty(from.to);
  record.build = or_empty(from.build);
  record.sent_at = from.sent_at;
  record.ended_at = from.ended_at;
  record.attempts = std::max(from.attempts, 1);
  record.error = or_empty(from.error);
  record.tls = to_pin(from, what);
  record.tls_key_changed = from.tls_key_changed == 1;
  if (record.to.empty() || record.sent_at <= 0) refuse_it("to and sent_at must be set");
  return record;
}

stage3_update_record view_of(const UpdateRecord& from) {
  stage3_update_record record = STAGE3_UPDATE_RECORD_INIT;
  record.state = to_c(from.state);
  record.attempts = from.attempts;
  record.sent_at = from.sent_at;
  record.ended_at = from.ended_at;
  record.from = or_null(from.from);
  record.to = or_null(from.to);
  record.build = or_null(from.build);
  record.error = or_null(from.error);
  return record;
}

Mac to_mac(const char* text, const char* what) {
  const auto mac = Mac::parse(capi::text(text, what));
  if (!mac) refuse(std::string(what) + ": '" + stage3::escape(text) + "' is not a MAC address");
  return *mac;
}

DeviceView::DeviceView(const Device& device)
    : mac_(device.defect.empty() ? device.mac.to_string() : std::string()),
      address_(shown_address(device)),
      ota_(STAGE3_UPDATE_RECORD_INIT),
      on_record_(STAGE3_ON_RECORD_INIT),
      view_(STAGE3_DEVICE_INIT) {
  for (const Mac& alias : device.aliases)
    aliases_.push_back(alias.to_string());
  for (const std::string& alias : aliases_)
    alias_pointers_.push_back(alias.c_str());
  view_.key = device.key.c_str();
  view_.mac = or_null(mac_);
  view_.address = or_null(address_);
  view_.model = or_null(device.model);
  if (device.wanted_name.kind == WantedName::Kind::text)
    view_.wanted_name = device.wanted_name.text.c_str();
  if (device.wanted_name.kind == WantedName::Kind::not_a_string)
    view_.flags |= STAGE3_DEVICE_BAD_WANTED_NAME;
  view_.aliases = alias_pointers_.empty() ? nullptr : alias_pointers_.data();
  view_.alias_count = alias_pointers_.size();
  view_.defect = or_null(device.defect);
  view_.user = device.user;
  view_.site = or_null(device.site);
  if (!device.on_record) return;
  on_record_ = view_of(*device.on_record);
  set_pin(on_record_, tls_key_, device.on_record->tls);
  if (const auto& ota = device.on_record->ota) {
    ota_ = view_of(*ota);
    on_record_.ota = &ota_;
  }
  view_.on_record = &on_record_;
}

Device to_device(const stage3_device* pointer) {
  const stage3_device from = read_struct(pointer, "device");
  if ((from.flags & ~size_t{STAGE3_DEVICE_BAD_WANTED_NAME}) != 0)
    refuse("device: flags: not known to this version of the library");
  Device device;
  device.defect = or_empty(from.defect);
  if (device.defect.empty()) set_identity(from, device);
  device.key = from.key == nullptr ? device.mac.to_string() : from.key;
  device.address_text = or_empty(from.address);
  device.model = or_empty(from.model);
  device.site = or_empty(from.site);
  device.wanted_name = to_wanted_name(from);
  device.user = from.user;
  device.on_record = to_on_record(from.on_record);
  return device;
}

std::string shown_address(const Device& device) {
  return device.defect.empty() ? device.address.to_string() : device.address_text;
}

}  // namespace stage3::capi
