#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <stage3/device.hpp>
#include <stage3/selection.hpp>
#include <stage3/state_store.hpp>
#include <string>
#include <utility>

#include "parts.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace bindings {
namespace {

using stage3::Device;
using stage3::StateStore;
using stage3::WantedName;

/// The devices of an inventory in memory, by the rules of the state file.
DeviceList parse_devices(std::string json, const std::string& name_field) {
  return {StateStore::parse(std::move(json), name_field, "devices").devices()};
}

py::object wanted_name(const Device& device) {
  if (device.wanted_name.kind != WantedName::Kind::text) return py::none();
  return to_str(device.wanted_name.text);
}

bool has_mac(const Device& device) {
  return stage3::Mac::parse(device.key).has_value();
}

template <class Enum>
py::object word_or_none(const std::optional<Enum>& status) {
  if (!status) return py::none();
  return py::str(to_string(*status));
}

/// (port, key) or None.
py::object tls_pin(const std::optional<stage3::TlsPin>& pin) {
  if (!pin) return py::none();
  return py::make_tuple(pin->port, pin->key.to_string());
}

py::object update_record(const std::shared_ptr<const stage3::UpdateRecord>& record) {
  if (!record) return py::none();
  return to_tuple(*record);
}

/// What is there, in the order of OnRecord in _device.py, or None.
py::object on_record(const Device& device) {
  if (!device.on_record) return py::none();
  const stage3::OnRecord& from = *device.on_record;
  const py::object name =
      from.device_name ? py::object(to_str(*from.device_name)) : py::object(py::none());
  return py::make_tuple(word_or_none(from.ota_status), word_or_none(from.friendly_status),
                        from.last_run, from.last_seen, to_str(from.fw), to_str(from.fw_id),
                        to_str(from.app), to_str(from.update), to_str(from.update_build), name,
                        to_str(from.error), tls_pin(from.tls), update_record(from.ota),
                        to_str(from.error_id), from.failing_since);
}

}  // namespace

py::tuple to_tuple(const Device& device) {
  py::list aliases;
  for (const stage3::Mac& alias : device.aliases)
    aliases.append(alias.to_string());
  const bool is_usable = device.defect.empty();
  return py::make_tuple(to_str(device.key),
                        has_mac(device) ? py::object(py::str(device.mac.to_string())) : py::none(),
                        is_usable ? py::object(py::str(device.address.to_string())) : py::none(),
                        to_str(device.address_text), to_str(device.model), wanted_name(device),
                        py::tuple(aliases), to_str(device.defect), on_record(device),
                        to_str(device.site));
}

py::tuple to_tuple(const stage3::UpdateRecord& record) {
  const bool is_unreadable = record.state == stage3::UpdateState::unreadable;
  return py::make_tuple(is_unreadable ? "unreadable" : to_string(record.state), to_str(record.from),
                        to_str(record.to), to_str(record.build), record.sent_at, record.ended_at,
                        record.attempts, to_str(record.error), tls_pin(record.tls),
                        record.tls_key_changed);
}

void bind_devices(py::module_& module) {
  const py::call_guard<py::gil_scoped_release> unlocked;
  py::class_<DeviceList>(module, "DeviceList")
      .def("__len__", [](const DeviceList& list) { return list.devices.size(); })
      .def(
          "selected",
          [](const DeviceList& list, const std::vector<std::string>& terms) {
            return DeviceList{stage3::Selection::parse(terms).of(list.devices)};
          },
          py::call_guard<py::gil_scoped_release>())
      .def("tuples", [](const DeviceList& list) {
        py::list tuples;
        for (const Device& device : list.devices)
          tuples.append(to_tuple(device));
        return tuples;
      });
  module.def("parse_devices", &parse_devices, unlocked);
  module.def(
      "at_addresses",
      [](const DeviceList& list, const std::vector<std::string>& addresses) {
        return DeviceList{stage3::at_addresses(list.devices, addresses)};
      },
      unlocked);
}

}  // namespace bindings
