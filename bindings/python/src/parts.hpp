#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <stage3/result.hpp>
#include <stage3/state_store.hpp>
#include <vector>

#include "process.hpp"

namespace bindings {

/// Devices on their way from an inventory to a run; Python sees them as tuples only.
struct DeviceList {
  std::vector<stage3::Device> devices;
};

struct Store {
  Process process;
  stage3::StateStore store;
};

/// (key, mac, address, address_text, model, wanted_name, aliases, defect, on_record), see
/// _device.py.
pybind11::tuple to_tuple(const stage3::Device& device);

/// (state, from, to, build, sent_at, ended_at, attempts, error), see _device.py.
pybind11::tuple to_tuple(const stage3::UpdateRecord& record);

/// What a result's JSON tells, as far as a state file records it; the opposite of to_json(). Throws
/// Error(Errc::invalid_argument).
stage3::DeviceResult to_result(const pybind11::dict& json);

/// What is to be on record of an update, likewise; None: nothing any more.
stage3::UpdateRecord to_update_record(const pybind11::object& json);

// Each adds its part to the module.
void bind_errors(pybind11::module_& module);
void bind_config(pybind11::module_& module);
void bind_devices(pybind11::module_& module);
void bind_store(pybind11::module_& module);
void bind_session(pybind11::module_& module);

}  // namespace bindings
