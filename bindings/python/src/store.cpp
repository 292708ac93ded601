#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stage3/report.hpp>
#include <stage3/state_store.hpp>
#include <string>
#include <utility>

#include "parts.hpp"
#include "text.hpp"

namespace py = pybind11;

namespace bindings {
namespace {

using stage3::RunLock;
using stage3::StateStore;

/// RunLock that a child of fork() may own: closing its copy of the descriptor does not unlock.
struct Lock {
  std::optional<RunLock> held;
};

// No call_guard for constructors: pybind11 registers the new object under it, which needs the GIL.
std::shared_ptr<Store> load(const std::string& path, const std::string& name_field) {
  const py::gil_scoped_release unlocked;
  return std::make_shared<Store>(Store{{}, StateStore::load(path, name_field)});
}

std::shared_ptr<Store> parse(std::string json, const std::string& name_field,
                             const std::string& name) {
  const py::gil_scoped_release unlocked;
  return std::make_shared<Store>(Store{{}, StateStore::parse(std::move(json), name_field, name)});
}

py::bytes merged(const Store& own) {
  own.process.require_current();
  std::string bytes;
  {
    const py::gil_scoped_release unlocked;
    bytes = own.store.merged();
  }
  return bytes;
}

using Render = std::string (*)(const stage3::Overview&, stage3::Language);

/// By the names that Python gives them; null: there is no such format.
Render renderer(const std::string& format) {
  using stage3::Language;
  using stage3::Overview;
  if (format == "text") return &stage3::to_text;
  if (format == "html") return &stage3::to_html;
  if (format == "json") return [](const Overview& all, Language) { return to_json(all); };
  if (format == "metrics") return [](const Overview& all, Language) { return to_metrics(all); };
  return nullptr;
}

py::bytes report(const Store& own, const Store* earlier, const std::string& format, bool is_german,
                 std::int64_t now) {
  own.process.require_current();
  const Render render = renderer(format);
  if (render == nullptr)
    throw py::value_error("format must be 'text', 'json', 'html' or 'metrics'");
  std::string text;
  {
    const py::gil_scoped_release unlocked;
    const stage3::DeviceList devices = own.store.devices();
    std::optional<stage3::DeviceList> before;
    if (earlier != nullptr) before = earlier->store.devices();
    text = render(overview_of(devices, before ? &before->vector() : nullptr, now),
                  is_german ? stage3::Language::de : stage3::Language::en);
  }
  return text;
}

Lock lock(const std::string& path) {
  const py::gil_scoped_release unlocked;
  return Lock{RunLock::acquire(path)};
}

/// (written, vanished, ambiguous, notices)
py::tuple save(Store& own) {
  own.process.require_current();
  stage3::SaveReport report;
  {
    const py::gil_scoped_release unlocked;
    report = own.store.save();
  }
  const auto to_list = [](const std::vector<std::string>& texts) {
    py::list list;
    for (const std::string& text : texts)
      list.append(to_str(text));
    return list;
  };
  return py::make_tuple(report.written, to_list(report.vanished), to_list(report.ambiguous),
                        to_list(report.notices));
}

/// [(line, column, message, fatal)]
py::list check(const std::string& path, const std::string& name_field) {
  std::vector<stage3::StateProblem> problems;
  {
    const py::gil_scoped_release unlocked;
    problems = StateStore::check(path, name_field);
  }
  py::list tuples;
  for (const stage3::StateProblem& problem : problems) {
    tuples.append(
        py::make_tuple(problem.line, problem.column, to_str(problem.message), problem.fatal));
  }
  return tuples;
}

}  // namespace

void bind_store(py::module_& module) {
  const py::call_guard<py::gil_scoped_release> unlocked;
  py::class_<Store, std::shared_ptr<Store>>(module, "Store")
      .def(py::init(&load))
      .def_static("parse", &parse)
      .def_static("check", &check)
      .def("path", [](const Store& own) { return py::bytes(own.store.path()); })
      .def(
          "devices", [](const Store& own) { return DeviceList{own.store.devices()}; }, unlocked)
      .def(
          "check_writable",
          [](const Store& own) {
            own.process.require_current();
            own.store.check_writable();
          },
          unlocked)
      .def("record",
           [](Store& own, const py::dict& json) {
             own.process.require_current();
             own.store.record(to_result(json));
           })
      .def("record_update",
           [](Store& own, const std::string& key, const py::object& json) {
             own.process.require_current();
             stage3::Device device;
             device.key = key;
             own.store.record_update(device, to_update_record(json));
           })
      .def("merged", &merged)
      .def("report", &report)
      .def("save", &save);
  py::class_<Lock>(module, "Lock").def(py::init(&lock)).def("release", [](Lock& lock) {
    lock.held.reset();
  });
}

}  // namespace bindings
