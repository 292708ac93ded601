#pragma once

#include <stage3/stage3.h>

#include <optional>
#include <stage3/device.hpp>
#include <stage3/tls.hpp>
#include <string>
#include <vector>

namespace stage3::capi {

/// As stage3_update_record: its texts are the record's, and it has no key of it.
stage3_update_record view_of(const stage3::UpdateRecord& record);

/// Gives a struct with a key and a port those of the pin, if there is one; the struct points to
/// `text`.
template <class Struct>
void set_pin(Struct& to, std::string& text, const std::optional<stage3::TlsPin>& pin) {
  if (!pin) return;
  text = pin->key.to_string();
  to.tls_key = text.c_str();
  to.tls_port = pin->port;
}

/// A caller's record; `what` names it in messages. Throws Error(Errc::invalid_argument).
stage3::UpdateRecord to_update_record(const stage3_update_record* record, const char* what);

/// A Device as stage3_device, with the texts that it points to besides those of the Device itself,
/// which must outlive it.
class DeviceView {
 public:
  explicit DeviceView(const stage3::Device& device);
  DeviceView(const DeviceView&) = delete;
  DeviceView& operator=(const DeviceView&) = delete;

  const stage3_device& get() const noexcept { return view_; }

 private:
  std::string mac_;
  std::string address_;
  std::vector<std::string> aliases_;
  std::vector<const char*> alias_pointers_;
  std::string tls_key_;
  stage3_update_record ota_;
  stage3_on_record on_record_;
  stage3_device view_;
};

/// A caller's MAC; `what` names it in messages. Throws Error(Errc::invalid_argument).
stage3::Mac to_mac(const char* text, const char* what);

/// A caller's device. Throws Error(Errc::invalid_argument).
stage3::Device to_device(const stage3_device* device);

/// As the device is shown and found again: see stage3_result_address().
std::string shown_address(const stage3::Device& device);

}  // namespace stage3::capi
