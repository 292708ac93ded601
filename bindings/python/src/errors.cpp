// stage3::Error as the exceptions of _errors.py.

#include <pybind11/pybind11.h>

#include <exception>
#include <stage3/error.hpp>
#include <utility>

#include "parts.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace bindings {
namespace {

using stage3::Errc;

const char* word(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::config:
      return "config";
    case Errc::state_read:
      return "state_read";
    case Errc::state_write:
      return "state_write";
    case Errc::locked:
      return "locked";
    case Errc::system:
      return "system";
    case Errc::reentrant:
      return "reentrant";
    case Errc::forked:
      return "forked";
  }
  return "system";
}

void set_error(const stage3::Error& error) {
  const py::object raised =
      py::module_::import("stage3._errors")
          .attr("from_native")(word(error.code()), to_str(error.message()), to_path(error.path()),
                               error.line(), error.column());
  PyErr_SetObject(py::type::handle_of(raised).ptr(), raised.ptr());
}

void translate(std::exception_ptr raised) {
  try {
    std::rethrow_exception(std::move(raised));
  } catch (const stage3::Error& error) {
    set_error(error);
  }
}

}  // namespace

void bind_errors(py::module_&) {
  py::register_local_exception_translator(&translate);
}

}  // namespace bindings
