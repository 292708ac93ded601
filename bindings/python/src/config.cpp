#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <stage3/config.hpp>

#include "parts.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace bindings {

using stage3::Config;

void bind_config(py::module_& module) {
  const py::call_guard<py::gil_scoped_release> unlocked;
  py::class_<Config>(module, "Config")
      .def(py::init<>())
      .def(py::init<const Config&>())
      .def_static("load", &Config::load, unlocked)
      .def_static("parse", &Config::parse)
      .def_static("keys", &Config::keys)
      .def_static("default_file", &Config::default_file)
      .def("set", &Config::set)
      .def("get",
           [](const Config& config, const std::string& key) { return to_path(config.get(key)); });
}

}  // namespace bindings
