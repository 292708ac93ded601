#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stage3/device.hpp>
#include <stage3/error.hpp>
#include <stage3/state_store.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "parts.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace bindings {
namespace {

using stage3::Device;
using stage3::Errc;
using stage3::Error;
using stage3::StateStore;
using stage3::WantedName;

/// A file that is nowhere but in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : fd_(::memfd_create("stage3-devices", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !text.empty()) {
      const ssize_t count = ::write(fd_, text.data(), text.size());
      if (count >= 0)
        text.remove_prefix(static_cast<std::size_t>(count));
      else if (errno != EINTR)
        break;
    }
    if (fd_ >= 0 && text.empty()) return;
    const std::string reason = std::strerror(errno);
    if (fd_ >= 0) ::close(fd_);
    throw Error(Errc::system, "cannot hold the devices in memory: " + reason);
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

/// The devices of an inventory in memory, by the rules of the state file.
DeviceList parse_devices(const std::string& json, const std::string& name_field) {
  const MemoryFile file(json);
  try {
    return {StateStore::load(file.path(), name_field).devices()};
  } catch (const Error& error) {
    throw Error(error.code(), error.message(), "devices", error.line(), error.column());
  }
}

py::object wanted_name(const Device& device) {
  if (device.wanted_name.kind != WantedName::Kind::text) return py::none();
  return to_str(device.wanted_name.text);
}

bool has_mac(const Device& device) {
  return stage3::Mac::parse(device.key).has_value();
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
                        py::tuple(aliases), to_str(device.defect));
}

void bind_devices(py::module_& module) {
  const py::call_guard<py::gil_scoped_release> unlocked;
  py::class_<DeviceList>(module, "DeviceList")
      .def("__len__", [](const DeviceList& list) { return list.devices.size(); })
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
