#include <pybind11/pybind11.h>

#include <cstddef>
#include <exception>
#include <stage3/error_info.hpp>
#include <stage3/text.hpp>
#include <stage3/version.hpp>
#include <string>

#include "parts.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace {

constexpr const char* kMainOnly =
    "stage3 works in the main interpreter only: import it there, or start a process";

bool is_main_interpreter() {
  return PyInterpreterState_Get() == PyInterpreterState_Main();
}

void add_all(py::module_& module) {
  module.doc() = "The C++ side of the package stage3; not for direct use.";
  module.def("require_main_interpreter", [] {
    if (!is_main_interpreter()) throw py::import_error(kMainOnly);
  });
  module.def("version", &stage3::version);
  module.def("escape",
             [](const std::string& text) { return bindings::to_str(stage3::escape(text)); });
  module.def("display_width", [](const std::string& text) { return stage3::display_width(text); });
  module.def("shortened", [](const std::string& text, std::size_t columns) {
    return bindings::to_str(stage3::shortened(text, columns));
  });
  module.def("error_info", [](const std::string& id, bool is_german) -> py::object {
    const stage3::ErrorInfo* info = stage3::find_error_info(id);
    if (info == nullptr) return py::none();
    const auto language =
        static_cast<std::size_t>(is_german ? stage3::Language::de : stage3::Language::en);
    return py::make_tuple(bindings::to_str(info->meaning[language]),
                          bindings::to_str(info->advice[language]));
  });
  bindings::bind_errors(module);
  bindings::bind_config(module);
  bindings::bind_devices(module);
  bindings::bind_store(module);
  bindings::bind_session(module);
}

}  // namespace

/// Not PYBIND11_MODULE: what that does first waits for ever in any other than the main interpreter.
// Python wants this name.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" PYBIND11_EXPORT PyObject* PyInit__stage3() {
  if (!is_main_interpreter()) {
    PyErr_SetString(PyExc_ImportError, kMainOnly);
    return nullptr;
  }
  static py::module_::module_def definition;
  try {
    auto module = py::module_::create_extension_module("_stage3", nullptr, &definition);
    add_all(module);
    return module.release().ptr();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_ImportError, error.what());
  }
  return nullptr;
}
