#include "session.hpp"

#include <stage3/error.hpp>

#include "text.hpp"

namespace py = pybind11;

namespace bindings {
namespace {

using stage3::Errc;
using stage3::Error;
using Clock = std::chrono::steady_clock;

/// Results that come in quick succession are passed on together: each time Python is asked for its
/// lock, a busy thread may keep it for some milliseconds.
constexpr std::chrono::milliseconds kGathering{10};

/// Carries a Python exception through the library, which must not touch Python objects.
struct Raised {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
};

Raised fetch() {
  Raised raised;
  PyErr_Fetch(&raised.type, &raised.value, &raised.traceback);
  return raised;
}

/// Does what calls Python from inside a step.
template <class Ask>
auto asking(Ask ask) {
  try {
    return ask();
  } catch (py::error_already_set& error) {
    error.restore();
  }
  throw fetch();
}

/// Raises a TypeError for what a callback has returned, by its type: the value may be a secret.
[[noreturn]] void refuse_answer(const std::string& must, const py::object& value) {
  std::string told = must;
  if (PyCoro_CheckExact(value.ptr())) {
    // Closed, so that Python does not warn of one that was never awaited.
    value.attr("close")();
    told += ", not a coroutine: it is not awaited, so it cannot be async";
  } else {
    told += std::string(", not ") + Py_TYPE(value.ptr())->tp_name;
  }
  PyErr_SetString(PyExc_TypeError, told.c_str());
  throw py::error_already_set();
}

/// True and False only: of anything else nobody can say whether it was meant as a yes.
bool to_permit(const py::object& value) {
  if (!PyBool_Check(value.ptr())) refuse_answer("on_permit must return True or False", value);
  return value.is(py::handle(Py_True));
}

std::optional<std::string> to_password(const py::object& value) {
  constexpr const char* kMust = "password must return a str that UTF-8 can hold, or None";
  if (value.is_none()) return std::nullopt;
  if (!PyUnicode_Check(value.ptr())) refuse_answer(kMust, value);
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text != nullptr) return std::string(text, static_cast<std::size_t>(size));
  // What Python raised might show the password.
  PyErr_SetString(PyExc_TypeError, kMust);
  throw py::error_already_set();
}

}  // namespace

/// One thread drives a session at a time.
class Session::Driving {
 public:
  Driving(Session& session, const Functions* functions) : session_(session) {
    if (session.is_driven_.exchange(true)) {
      throw Error(Errc::reentrant,
                  "this run is being driven already: by another thread, or by the caller of this "
                  "callback");
    }
    session_.functions_ = functions;
  }
  ~Driving() {
    session_.functions_ = nullptr;
    session_.is_driven_ = false;
  }
  Driving(const Driving&) = delete;
  Driving& operator=(const Driving&) = delete;

 private:
  Session& session_;
};

Session::Session(const stage3::Config& config, bool dry_run, std::shared_ptr<Store> store,
                 bool wants_events, bool has_password)
    : store_(std::move(store)),
      runner_(new stage3::Runner(config, callbacks(wants_events, has_password), dry_run),
              ByItsProcess<stage3::Runner>()),
      worker_(new stage3::Worker(*runner_)) {}

stage3::Callbacks Session::callbacks(bool wants_events, bool has_password) {
  stage3::Callbacks calls;
  calls.on_result = [this](const stage3::DeviceResult& result) {
    if (store_) {
      store_->store.record(result);
      if (result.outcome != stage3::Outcome::cancelled) ++recorded_;
    }
    mail_.results.push_back(stage3::to_json(result));
  };
  if (wants_events) {
    calls.on_event = [this](stage3::DeviceEvent event, const stage3::Device& device) {
      mail_.events.emplace_back(event, device);
    };
  }
  calls.on_permit = [this](const stage3::Device& device, const std::string& version) {
    return may_start(device, version);
  };
  if (has_password) {
    calls.password_source = [this](const stage3::Mac& mac, std::string_view realm) {
      return password_for(mac, realm);
    };
  }
  calls.on_log = [this](stage3::LogLevel level, std::string_view text) {
    mail_.log.emplace_back(level, text);
  };
  return calls;
}

bool Session::may_start(const stage3::Device& device, const std::string& version) const {
  const py::gil_scoped_acquire locked;
  const py::object& on_permit = functions_->on_permit;
  return asking([&] {
    return on_permit.is_none() || to_permit(on_permit(to_tuple(device), to_str(version)));
  });
}

std::optional<std::string> Session::password_for(const stage3::Mac& mac,
                                                 std::string_view realm) const {
  const py::gil_scoped_acquire locked;
  return asking([&] { return to_password(functions_->password(mac.to_string(), to_str(realm))); });
}

std::shared_ptr<stage3::Runner> Session::runner() const {
  process_.require_current();
  if (!runner_) throw Error(Errc::invalid_argument, "this run is closed");
  return runner_;
}

int Session::fd() const {
  const auto open = runner();
  return worker_->fd();
}

void Session::add(const DeviceList& list) {
  const auto open = runner();
  const py::gil_scoped_release unlocked;
  open->add(list.devices);
}

void Session::cancel() const {
  if (runner_) runner()->cancel();
}

stage3::Summary Session::summary() const {
  return runner()->summary();
}

template <class Drive>
std::size_t Session::driven(const Functions& functions, Drive drive) {
  const auto open = runner();
  const Driving driving(*this, &functions);
  try {
    const py::gil_scoped_release unlocked;
    return drive();
  } catch (const Raised& raised) {
    PyErr_Restore(raised.type, raised.value, raised.traceback);
    throw py::error_already_set();
  }
}

std::size_t Session::step(const Functions& functions) {
  return driven(functions, [this] { return worker_->step(); });
}

std::size_t Session::work(Milliseconds time, const Functions& functions) {
  return driven(functions, [this, time] {
    const auto begin = Clock::now();
    for (;;) {
      const auto worked = std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
      const bool is_over = worked >= time || (!mail_.empty() && worked >= kGathering);
      const Milliseconds rest = mail_.empty() ? time - worked : kGathering - worked;
      const std::size_t left = worker_->step(is_over ? Milliseconds(0) : rest);
      if (left == 0 || is_over) return left;
    }
  });
}

py::tuple Session::take_mail() {
  const Driving driving(*this, nullptr);
  Mail mail;
  std::swap(mail, mail_);
  py::list results;
  for (const std::string& json : mail.results)
    results.append(py::str(json));
  py::list events;
  for (const auto& [event, device] : mail.events) {
    const bool is_start = event == stage3::DeviceEvent::started;
    events.append(py::make_tuple(is_start ? "started" : "update_permitted", to_tuple(device)));
  }
  py::list log;
  for (const auto& [level, text] : mail.log)
    log.append(py::make_tuple(static_cast<int>(level), to_str(text)));
  return py::make_tuple(results, events, log);
}

void Session::close() {
  process_.require_current();
  const Driving driving(*this, nullptr);
  // Another thread may call any method as soon as the GIL is released.
  auto runner = std::move(runner_);
  auto worker = std::move(worker_);
  const py::gil_scoped_release unlocked;
  worker.reset();
  runner.reset();
}

namespace {

std::unique_ptr<Session> open_session(const stage3::Config& config, bool dry_run,
                                      std::shared_ptr<Store> store, bool wants_events,
                                      bool has_password) {
  const py::gil_scoped_release unlocked;
  return std::make_unique<Session>(config, dry_run, std::move(store), wants_events, has_password);
}

}  // namespace

void bind_session(py::module_& module) {
  using Functions = Session::Functions;
  py::class_<Session>(module, "Session")
      .def(py::init(&open_session), py::arg("config"), py::arg("dry_run").noconvert(),
           py::arg("store").none(true), py::arg("wants_events").noconvert(),
           py::arg("has_password").noconvert())
      .def("fd", &Session::fd)
      .def("add", &Session::add)
      .def("cancel", &Session::cancel)
      .def("summary",
           [](const Session& session) {
             const stage3::Summary now = session.summary();
             return py::make_tuple(now.total, now.ok, now.failed, now.offline, now.cancelled,
                                   now.updates, now.held);
           })
      .def("step",
           [](Session& session, py::object on_permit, py::object password) {
             return session.step(Functions{std::move(on_permit), std::move(password)});
           })
      .def("work",
           [](Session& session, int milliseconds, py::object on_permit, py::object password) {
             return session.work(Session::Milliseconds(milliseconds),
                                 Functions{std::move(on_permit), std::move(password)});
           })
      .def("take_mail", &Session::take_mail)
      .def("recorded", &Session::recorded)
      .def("close", &Session::close);
}

}  // namespace bindings
